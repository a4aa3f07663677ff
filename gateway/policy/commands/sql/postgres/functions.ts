import type { Told } from '../told.ts';
import { dangerOf } from '../dangerous-functions.ts';
import { harmlessFunctions } from './harmless-functions.ts';

const harmless: ReadonlySet<string> = new Set(harmlessFunctions.split(/\s+/).filter((name) => name !== ''));

/** Functions of well-known extensions that compute and look, and nothing else. */
const harmlessOfExtensions: ReadonlySet<string> = new Set(
  `similarity word_similarity strict_word_similarity show_trgm show_limit unaccent levenshtein metaphone soundex
  difference dmetaphone digest hmac crypt gen_salt gen_random_bytes armor dearmor encrypt decrypt pgp_sym_encrypt
  pgp_sym_decrypt pgp_pub_encrypt pgp_pub_decrypt uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3
  uuid_generate_v4 uuid_generate_v5 uuid_nil uuid_ns_dns uuid_ns_url time_bucket time_bucket_gapfill locf interpolate
  first last histogram l1_distance l2_distance inner_product cosine_distance hamming_distance jaccard_distance
  vector_dims vector_norm l2_normalize subvector st_area st_asewkt st_asgeojson st_astext st_aswkb st_asbinary
  st_asmvt st_asmvtgeom st_buffer st_centroid st_closestpoint st_clusterdbscan st_collect st_contains st_convexhull
  st_coveredby st_covers st_crosses st_difference st_disjoint st_distance st_distancesphere st_dwithin st_envelope
  st_equals st_expand st_extent st_geogfromtext st_geohash st_geometryn st_geometrytype st_geomfromgeojson
  st_geomfromtext st_geomfromewkt st_intersection st_intersects st_isvalid st_length st_linemerge st_makeenvelope
  st_makeline st_makepoint st_makepolygon st_makevalid st_multi st_npoints st_overlaps st_perimeter st_point
  st_pointonsurface st_relate st_setsrid st_simplify st_simplifypreservetopology st_snaptogrid st_srid st_subdivide
  st_tileenvelope st_touches st_transform st_union st_within st_x st_xmax st_xmin st_y st_ymax st_ymin st_z akeys
  avals skeys svals slice hstore hstore_to_json hstore_to_jsonb nlevel subpath subltree lca`.split(/\s+/),
);

/** Functions that run their first arguments as SQL, and how many of them. */
const sqlTexts: Readonly<Record<string, number>> = {
  query_to_xml: 1,
  query_to_xmlschema: 1,
  query_to_xml_and_xmlschema: 1,
  ts_stat: 1,
  crosstab: 2,
  crosstab2: 1,
  crosstab3: 1,
  crosstab4: 1,
};

/** PURE. How many arguments of a function are SQL that it runs. */
export function sqlTextsOf(name: readonly string[]): number {
  const last = lastOf(name);
  return Object.hasOwn(sqlTexts, last) ? (sqlTexts[last] ?? 0) : 0;
}

/**
 * PURE. What a call of a function does beyond looking; undefined: nothing. Only functions that are known to be harmless
 * are: PostgreSQL's own that are stable, and some of well-known extensions. Of any other nobody can tell from here what
 * it does, so it is `execute`.
 */
export function readFunction(name: readonly string[]): Told | undefined {
  const last = lastOf(name);
  const danger = dangerOf(last);
  if (danger !== undefined) return danger;
  const written = name.at(-1) ?? '';
  const schema = name.length > 1 ? name.at(-2) : undefined;
  const builtIn = schema === 'pg_catalog' || schema === 'information_schema';
  if ((schema === undefined || builtIn) && isHarmless(written)) return undefined;
  if (!builtIn && isOfExtension(written, schema)) return undefined;
  if (builtIn || last.startsWith('pg_')) {
    return { construct: 'a server function that is not known to be harmless', effects: ['admin'] };
  }
  return { construct: 'a function that is not known to be harmless', effects: ['execute'] };
}

function isHarmless(name: string): boolean {
  return harmless.has(name) || name.startsWith('pg_stat_get_') || sqlTextsOf([name]) > 0;
}

function isOfExtension(name: string, schema: string | undefined): boolean {
  if (schema !== undefined && schema !== 'public' && schema !== 'extensions') return false;
  return harmlessOfExtensions.has(name) || sqlTextsOf([name]) > 0;
}

/** Deny names are compared without case: a quoted name may be another function, and then it is not built in anyway. */
function lastOf(name: readonly string[]): string {
  return (name.at(-1) ?? '').toLowerCase();
}
