import type pg from 'pg';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { requireOperator, type OperatorParts } from './operators.ts';
import { ApiError } from './problem.ts';

export interface PolicyApiParts extends OperatorParts {
  readonly pool: pg.Pool;
}

const versionsPerPageDefault = 20;
const versionsPerPageMax = 200;
const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(versionsPerPageMax).default(versionsPerPageDefault),
});
/** Cards and lists show the beginning of a digest, and that is what people have at hand. */
const digestPattern = /^[0-9a-f]{8,64}$/;

/** A version of the policy that was in force. Times in RFC 3339. */
export interface KnownPolicy {
  /** SHA-256 of its document, hex. */
  readonly digest: string;
  readonly author: string;
  /** What the name of the author is. */
  readonly authorIs: 'author' | 'file owner';
  readonly firstLoadedAt: string;
  /** The gateway that took it up first. */
  readonly firstLoadedBy: string;
  readonly sources: readonly { readonly file: string; readonly sha256: string }[];
  /** The living gateways that judge by it now. */
  readonly gateways: readonly string[];
}

/** Canonical JSON, masked, exactly as it was hashed. */
export type ShownPolicy = KnownPolicy & { readonly document: string };

const columns = `
  version.digest, version.author, version.author_is as "authorIs", version.first_loaded_at as "firstLoadedAt",
  version.first_loaded_by as "firstLoadedBy", version.sources,
  array(select id from countersign.gateway_instance
        where policy_digest = version.digest and stopped_at is null and swept_at is null order by id) as gateways`;

export function registerPolicyApi(api: FastifyInstance, parts: PolicyApiParts): void {
  api.get('/policies', async ({ headers, query }) => {
    await requireOperator(parts, headers);
    return { policies: await listPolicies(parts, query) };
  });
  api.get<{ Params: { digest: string } }>('/policies/:digest', async ({ headers, params }) => {
    await requireOperator(parts, headers);
    return showPolicy(parts, params.digest);
  });
}

/** `GET policies?limit=`: the versions of the policy, the youngest first. */
async function listPolicies({ pool }: PolicyApiParts, query: unknown): Promise<readonly KnownPolicy[]> {
  const page = pageSchema.safeParse(query);
  if (!page.success) throw new ApiError('QUERY_INVALID', `limit is a number from 1 to ${versionsPerPageMax}`);
  const { rows } = await pool.query<KnownPolicy>(
    `select ${columns} from countersign.policy_version version order by first_loaded_at desc, digest limit $1`,
    [page.data.limit],
  );
  return rows;
}

/** `GET policies/{digest}`: one version with its document; the first 8 hex characters or more name it. */
async function showPolicy({ pool }: PolicyApiParts, digest: string): Promise<ShownPolicy> {
  if (!digestPattern.test(digest)) throw new ApiError('POLICY_UNKNOWN', 'a digest is 8 to 64 hex characters');
  const { rows } = await pool.query<ShownPolicy>(
    `select ${columns}, version.document from countersign.policy_version version
     where version.digest like $1 || '%' order by version.digest limit 2`,
    [digest],
  );
  const [version, another] = rows;
  if (another !== undefined) throw new ApiError('POLICY_UNKNOWN', 'several begin like this; write more of the digest');
  if (version === undefined) throw new ApiError('POLICY_UNKNOWN');
  return version;
}
