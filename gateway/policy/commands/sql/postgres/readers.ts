import type { Effect } from '../../command.ts';
import { constantText } from './constant-text.ts';
import { readFunction, sqlTextsOf } from './functions.ts';
import type { Fields } from '../told.ts';
import type { Place } from '../traversal.ts';
import { relationName, stringsIn, type Walk } from './place.ts';
import { readCreateFunction, readDo } from './routines.ts';
import { picksRows } from './where.ts';

type Reader = (fields: Fields, place: Place, walk: Walk) => void;

/** The nodes of which more must be known than what they are called. */
export const readers: Readonly<Record<string, Reader>> = {
  A_Const: () => undefined,
  String: () => undefined,
  A_Expr: readOperator,
  FuncCall: readCall,
  SelectStmt: readSelect,
  InsertStmt: (fields, place, walk) => readChange('INSERT', ['write'], fields, place, walk),
  UpdateStmt: (fields, place, walk) => readPickedChange('UPDATE', fields, place, walk),
  DeleteStmt: (fields, place, walk) => readPickedChange('DELETE', fields, place, walk),
  MergeStmt: (fields, place, walk) => readChange('MERGE', ['write'], fields, place, walk),
  CopyStmt: readCopy,
  CreateTableAsStmt: readCreateAs,
  ViewStmt: readView,
  ExplainStmt: readExplain,
  PrepareStmt: readPrepare,
  ExecuteStmt: readExecute,
  DeclareCursorStmt: (fields, place, walk) => walk.visit(fields, place),
  CallStmt: readProcedureCall,
  DoStmt: readDo,
  CreateFunctionStmt: readCreateFunction,
};

/** An operator is a function in disguise; one with a schema is somebody's own. */
function readOperator(fields: Fields, place: Place, walk: Walk): void {
  const { name, ...operands } = fields;
  const names = stringsIn(name);
  if (names.length > 1 && names[0] !== 'pg_catalog') {
    walk.open('an operator that is not built in', ['execute']).functions.add(names.join('.'));
  }
  walk.visit(operands, place);
}

function readCall(fields: Fields, place: Place, walk: Walk): void {
  const { funcname, ...rest } = fields;
  const name = stringsIn(funcname);
  const told = readFunction(name);
  if (told !== undefined) walk.open(told.construct, told.effects).functions.add(name.join('.'));
  const args = (Array.isArray(fields['args']) ? fields['args'] : []) as readonly unknown[];
  for (const arg of args.slice(0, sqlTextsOf(name))) {
    const text = constantText(arg);
    if (text === undefined) {
      walk.open('a function that runs SQL made at run time', ['execute', 'unknown']).functions.add(name.join('.'));
    } else walk.readText(text);
  }
  walk.visit(rest, place);
}

function readSelect(fields: Fields, place: Place, walk: Walk): void {
  const { intoClause, lockingClause, ...rest } = fields;
  const relations: Set<string>[] = [walk.reads];
  if (intoClause !== undefined && !place.isPlanned) {
    const { rel } = intoClause as { readonly rel?: Fields };
    walk.open('SELECT INTO', ['ddl', 'write']).relations.add(relationName(rel ?? {}));
  }
  if (lockingClause !== undefined && !place.isPlanned) {
    relations.push(walk.open('SELECT that locks rows', ['read', 'write']).relations);
  }
  walk.visit(rest, { ...place, relations });
}

/** INSERT, UPDATE, DELETE, MERGE: one table is changed, others are looked at. */
function readChange(construct: string, effects: readonly Effect[], fields: Fields, place: Place, walk: Walk): void {
  const { relation, ...rest } = fields;
  const name = relationName((relation ?? {}) as Fields);
  if (place.isPlanned) walk.reads.add(name);
  else walk.open(construct, effects).relations.add(name);
  walk.visit(rest, { ...place, relations: [walk.reads] });
}

function readPickedChange(verb: 'UPDATE' | 'DELETE', fields: Fields, place: Place, walk: Walk): void {
  const { whereClause } = fields;
  if (picksRows(whereClause)) return readChange(verb, ['write'], fields, place, walk);
  const construct = whereClause === undefined ? `${verb} without WHERE` : `${verb} with a WHERE that picks nothing`;
  readChange(construct, ['write', 'destroy'], fields, place, walk);
}

function readCopy(fields: Fields, place: Place, walk: Walk): void {
  const { relation, ...rest } = fields;
  const [construct, effects] = copyKind(fields);
  const targets = walk.open(construct, effects);
  if (relation !== undefined) targets.relations.add(relationName(relation as Fields));
  walk.visit(rest, { ...place, relations: [walk.reads] });
}

function copyKind({ is_program, is_from, filename }: Fields): readonly [string, readonly Effect[]] {
  const isFrom = is_from === true;
  if (is_program === true) {
    return isFrom
      ? ['COPY from a program', ['write', 'admin', 'execute']]
      : ['COPY to a program', ['read', 'admin', 'execute']];
  }
  if (filename !== undefined) {
    return isFrom
      ? ['COPY from a server file', ['write', 'admin']]
      : ['COPY to a server file', ['read', 'admin', 'execute']];
  }
  return isFrom ? ['COPY from the client', ['write']] : ['COPY to the client', ['read']];
}

function readCreateAs(fields: Fields, place: Place, walk: Walk): void {
  const { into, query, objtype } = fields;
  if (!place.isPlanned) {
    const { rel } = (into ?? {}) as { readonly rel?: Fields };
    const construct = objtype === 'OBJECT_MATVIEW' ? 'CREATE MATERIALIZED VIEW' : 'CREATE TABLE AS';
    walk.open(construct, ['ddl', 'write']).relations.add(relationName(rel ?? {}));
  }
  walk.visit(query, place);
}

function readView(fields: Fields, place: Place, walk: Walk): void {
  const { view, ...rest } = fields;
  walk.open('CREATE VIEW', ['ddl']).relations.add(relationName((view ?? {}) as Fields));
  walk.visit(rest, place);
}

/** With ANALYZE the statement runs. Without, it is planned, and planning may call functions. */
function readExplain(fields: Fields, place: Place, walk: Walk): void {
  const { query, options } = fields;
  const runs = (Array.isArray(options) ? options : []).some(({ DefElem }: { readonly DefElem?: Fields }) => {
    return String(DefElem?.['defname']).toLowerCase() === 'analyze' && !isFalse(DefElem?.['arg']);
  });
  walk.readAs(runs ? 'EXPLAIN ANALYZE' : 'EXPLAIN');
  walk.visit(query, { ...place, isPlanned: !runs });
}

/** How options of utility statements say no. */
function isFalse(arg: unknown): boolean {
  const { String: word, Integer: number } = (arg ?? {}) as Readonly<Record<string, Fields>>;
  if (number !== undefined) return (number['ival'] ?? 0) === 0;
  return ['false', 'off'].includes(String(word?.['sval']).toLowerCase());
}

function readPrepare(fields: Fields, place: Place, walk: Walk): void {
  const { name, query, argtypes } = fields;
  walk.prepared.add(String(name));
  walk.visit(query, place);
  walk.visit(argtypes, place);
}

/** What the same text has prepared was read there. */
function readExecute({ name, params }: Fields, place: Place, walk: Walk): void {
  if (!walk.prepared.has(String(name))) walk.open('EXECUTE of a statement that was prepared before', ['unknown']);
  walk.visit(params, place);
}

function readProcedureCall(fields: Fields, place: Place, walk: Walk): void {
  const { funcname, ...rest } = (fields['funccall'] ?? {}) as Fields;
  walk.open('CALL', ['execute']).functions.add(stringsIn(funcname).join('.'));
  walk.visit(rest, place);
}
