import type { ActList } from '../act-list.ts';
import type { Fields } from '../told.ts';
import { passiveNodes } from './nodes.ts';
import { relationName, stringsIn, type Walk } from './place.ts';
import { isQueryName, scopesOf } from '../scope.ts';
import { createTraversal, type Place } from '../traversal.ts';
import { readers } from './readers.ts';
import { statements } from './statements.ts';

/** How texts inside of statements are read. */
export interface Inner {
  readText(text: string): void;
  readBody(): void;
}

const secretCatalogs =
  /^(pg_catalog\.)?pg_(authid|shadow|user_mappings?|subscription|hba_file_rules|ident_file_mappings|file_settings)$/;

/**
 * Reads one statement into acts. What the parser calls something that is not known here is unknown, so a later PostgreSQL
 * cannot bring anything past it.
 */
export function walkStatement(root: Fields, acts: ActList, prepared: Set<string>, inner: Inner): void {
  const traversal = createTraversal(acts);
  const walk: Walk = {
    ...traversal,
    prepared,
    readText(text) {
      traversal.readElsewhere();
      inner.readText(text);
    },
    readBody() {
      traversal.readElsewhere();
      inner.readBody();
    },
  };
  walk.visit(root, traversal.start);
  traversal.run((fields, place) => visitFields(fields, place, walk));
  for (const name of walk.reads) {
    if (secretCatalogs.test(name)) walk.open('SELECT from a catalog of secrets', ['read', 'admin']).relations.add(name);
  }
  traversal.close();
}

/** Looks at the members of a node or of a wrapper around nodes, whose names begin with a capital letter. */
function visitFields(fields: Fields, outer: Place, walk: Walk): void {
  const place = 'withClause' in fields ? enterWith(fields['withClause'] as Fields, outer, walk) : outer;
  if (typeof fields['relname'] === 'string') addRelation(fields, place);
  for (const name in fields) {
    const value = fields[name];
    if (typeof value !== 'object' || value === null || name === 'withClause') continue;
    if (isNodeName(name)) enter(name, value as Fields, place, walk);
    else if (name === 'larg' || name === 'rarg') enter('SelectStmt', value as Fields, place, walk);
    else if (name === 'funccall') enter('FuncCall', value as Fields, place, walk);
    else walk.visit(value, place);
  }
}

function isNodeName(name: string): boolean {
  const code = name.charCodeAt(0);
  return code >= 65 && code <= 90;
}

function enter(type: string, fields: Fields, place: Place, walk: Walk): void {
  const read = readers[type];
  if (read !== undefined) return read(fields, place, walk);
  if (passiveNodes.has(type)) return walk.visit(fields, place);
  const statement = statements[type];
  if (statement === undefined || place.isPlanned) {
    walk.open('a part of a statement that is not known', ['unknown']);
    return walk.visit(fields, place);
  }
  const { construct, effects } = typeof statement === 'function' ? statement(fields) : statement;
  const { relations } = walk.open(construct, effects);
  for (const name of namesIn(type, fields)) relations.add(name);
  walk.visit(fields, { ...place, relations: [relations] });
}

function addRelation(fields: Fields, { scope, relations }: Place): void {
  const name = relationName(fields);
  if (fields['schemaname'] === undefined && isQueryName(scope, name)) return;
  for (const set of relations) set.add(name);
}

/** Visits the queries of a WITH, and has the place of what follows it. */
function enterWith(clause: Fields, place: Place, walk: Walk): Place {
  const queries = (Array.isArray(clause['ctes']) ? clause['ctes'] : []) as readonly { CommonTableExpr?: Fields }[];
  const names = queries.map((query) => String(query.CommonTableExpr?.['ctename']));
  const scopes = scopesOf(names, clause['recursive'] === true, place.scope);
  for (const [position, query] of queries.entries()) {
    walk.visit(query, { ...place, relations: [walk.reads], scope: scopes.queries[position] });
  }
  return { ...place, scope: scopes.after };
}

/** What is dropped or granted is named as lists of texts; a schema stands for everything in it. */
function namesIn(type: string, { objects, removeType, objtype, targtype, schemaname }: Fields): readonly string[] {
  if (type === 'CreateSchemaStmt') return typeof schemaname === 'string' ? [`${schemaname}.*`] : [];
  if (!Array.isArray(objects) || (type !== 'DropStmt' && type !== 'GrantStmt')) return [];
  const isSchema = [removeType, objtype].includes('OBJECT_SCHEMA') || targtype === 'ACL_TARGET_ALL_IN_SCHEMA';
  const belongsToTable = /^OBJECT_(POLICY|RULE|TRIGGER)$/.test(String(removeType));
  return (objects as readonly unknown[]).map(stringsIn).flatMap((parts) => {
    if (parts.length === 0) return [];
    return [isSchema ? `${parts.join('.')}.*` : (belongsToTable ? parts.slice(0, -1) : parts).join('.')];
  });
}
