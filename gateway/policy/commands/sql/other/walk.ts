import type { Dialect } from '../../command.ts';
import type { ActList } from '../act-list.ts';
import { isQueryName, scopesOf } from '../scope.ts';
import type { Fields } from '../told.ts';
import { createTraversal, type Place } from '../traversal.ts';
import { readFunction } from './functions.ts';
import { nameParts, namesOf } from './names.ts';
import type { Walk } from './place.ts';
import { readers } from './readers.ts';
import { beginsStatement } from './screen.ts';
import { statements } from './statements.ts';

/** Reads one statement into acts. What the parser calls a kind of statement that is not known here is unknown. */
export function walkStatement(root: unknown, dialect: Dialect, acts: ActList, readText: (text: string) => void): void {
  const traversal = createTraversal(acts);
  const walk: Walk = {
    ...traversal,
    dialect,
    visitStatement: (statement, place) => enterStatement(statement, place, walk),
    readText(text) {
      traversal.readElsewhere();
      readText(text);
    },
  };
  walk.visitStatement(root, traversal.start);
  traversal.run((fields, place) => visitFields(fields, place, walk));
  traversal.close();
}

/** A statement is `{<Kind>: {…}}`, or the name of its kind. */
function enterStatement(statement: unknown, place: Place, walk: Walk): void {
  const [[kind, value] = ['', {}]] =
    typeof statement === 'string' ? [[statement, {}] as const] : Object.entries((statement ?? {}) as Fields);
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Fields;
  const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (read !== undefined) return read(fields, place, walk);
  const told = Object.hasOwn(statements, kind) && !place.isPlanned ? statements[kind] : undefined;
  if (told === undefined) walk.open('a statement that is not known', ['unknown']);
  else {
    const { construct, effects } = typeof told === 'function' ? told(fields) : told;
    const { relations } = walk.open(construct, effects);
    for (const name of namesOf(fields)) relations.add(name);
  }
  walk.visit(fields, { ...place, relations: [walk.reads] });
}

const factors = new Set(
  `Table Derived TableFunction Function UNNEST JsonTable OpenJsonTable NestedJoin Pivot Unpivot MatchRecognize XmlTable
  SemanticView`.split(/\s+/),
);

function visitFields(fields: Fields, outer: Place, walk: Walk): void {
  let place = 'with' in fields ? enterWith(fields['with'], outer, walk) : outer;
  const { locks, into, projection } = fields;
  if (!place.isPlanned && Array.isArray(locks) && locks.length > 0) {
    const { relations } = walk.open('SELECT that locks rows', ['read', 'write']);
    place = { ...place, relations: [...place.relations, relations] };
  }
  if (!place.isPlanned && projection !== undefined && into !== null && into !== undefined) readInto(into, walk);
  if (typeof fields['value'] === 'string' && 'quote_style' in fields && typeof fields['quote_style'] !== 'string') {
    if (beginsStatement(walk.dialect, fields['value'])) {
      walk.open('a word that begins another statement', ['unknown']);
    }
  }
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'with' || name === 'span' || name.endsWith('token')) continue;
    if (name === 'statement' || name === 'statements') {
      for (const statement of [value].flat()) if (statement !== null) walk.visitStatement(statement, place);
    } else if (typeof value === 'object' && value !== null) visitField(name, value as Fields, place, walk);
  }
}

function visitField(name: string, value: Fields, place: Place, walk: Walk): void {
  if (name === 'Function' && Array.isArray(value['name'])) readCall(value['name'], walk);
  else if (name === 'Table' && Array.isArray(value['name'])) {
    // A table with arguments is a function.
    if (value['args'] === null || value['args'] === undefined) readTable(value['name'], place, walk);
    else readCall(value['name'], walk);
  } else if (/^(Insert|Update|Delete|Merge)$/.test(name) && name in value) return walk.visitStatement(value, place);
  else if (name === 'relation' && !Object.keys(value).every((kind) => factors.has(kind))) {
    walk.open('a table of a kind that is not known', ['unknown']);
  }
  walk.visit(value, place);
}

function readCall(name: unknown, walk: Walk): void {
  const parts = nameParts(name);
  const told = readFunction(parts);
  if (told !== undefined) walk.open(told.construct, told.effects).functions.add(parts.join('.'));
}

function readTable(name: unknown, { scope, relations }: Place, walk: Walk): void {
  const parts = nameParts(name);
  const full = parts.join('.');
  if (parts.length === 1 && isQueryName(scope, full)) return;
  for (const set of relations) set.add(full);
  if (walk.dialect === 'mssql' && parts.length > 3 && parts[0] !== '') {
    walk.open('SELECT from a linked server', ['read', 'network']).relations.add(full);
  }
}

/** MySQL's `INTO @name` sets a variable of the session. */
function readInto(into: unknown, walk: Walk): void {
  const name = nameParts((into as Fields)['name']).join('.');
  if (!name.startsWith('@')) walk.open('SELECT INTO', ['ddl', 'write']).relations.add(name);
}

/** Visits the queries of a WITH, and has the place of what follows it. */
function enterWith(clause: unknown, place: Place, walk: Walk): Place {
  const { cte_tables, recursive } = (clause ?? {}) as Fields;
  const queries = (Array.isArray(cte_tables) ? cte_tables : []) as readonly { readonly alias?: Fields }[];
  const names = queries.map(({ alias }) => nameParts([{ Identifier: alias?.['name'] }]).join('.'));
  const scopes = scopesOf(names, recursive === true, place.scope);
  for (const [position, query] of queries.entries()) {
    walk.visit(query, { ...place, relations: [walk.reads], scope: scopes.queries[position] });
  }
  return { ...place, scope: scopes.after };
}
