import type { Effect } from '../../command.ts';
import type { Fields } from '../told.ts';
import { nameParts } from './names.ts';
import type { Place } from '../traversal.ts';
import type { Walk } from './place.ts';
import { picksRows } from './where.ts';

type Reader = (fields: Fields, place: Place, walk: Walk) => void;

/** The statements of which more must be known than what they are called. */
export const readers: Readonly<Record<string, Reader>> = {
  Query: (fields, place, walk) => walk.visit(fields, { ...place, relations: [walk.reads] }),
  Insert: readInsert,
  Update: (fields, place, walk) => readPickedChange('UPDATE', fields, place, walk),
  Delete: (fields, place, walk) => readPickedChange('DELETE', fields, place, walk),
  Merge: (fields, place, walk) => readChange('MERGE', ['write'], ['table'], fields, place, walk),
  Copy: readCopy,
  Explain: readExplain,
  Prepare: ({ statement }, place, walk) => walk.visitStatement(statement, place),
  Execute: readExecute,
  Call: readProcedureCall,
};

/** What is changed stands in some of the fields; what the others name is looked at. */
function readChange(
  construct: string,
  effects: readonly Effect[],
  changed: readonly string[],
  fields: Fields,
  place: Place,
  walk: Walk,
): void {
  const relations = place.isPlanned ? walk.reads : walk.open(construct, effects).relations;
  for (const [name, value] of Object.entries(fields)) {
    if (name.endsWith('token')) continue;
    walk.visit({ [name]: value }, { ...place, relations: [changed.includes(name) ? relations : walk.reads] });
  }
}

function readInsert(fields: Fields, place: Place, walk: Walk): void {
  const { table, replace_into, overwrite, or } = fields;
  const { TableName: name } = (table ?? {}) as Fields;
  const replaces = replace_into === true || overwrite === true || or === 'Replace';
  const [construct, effects] = replaces
    ? (['REPLACE', ['write', 'destroy']] as const)
    : (['INSERT', ['write']] as const);
  if (name === undefined) walk.open('INSERT into something that is no table', ['write', 'unknown']);
  const relations = place.isPlanned ? walk.reads : walk.open(construct, effects).relations;
  if (name !== undefined) relations.add(nameParts(name).join('.'));
  walk.visit({ ...fields, table: null }, { ...place, relations: [walk.reads] });
}

function readPickedChange(verb: 'UPDATE' | 'DELETE', fields: Fields, place: Place, walk: Walk): void {
  const changed = verb === 'UPDATE' ? ['table'] : ['tables', 'from'];
  const { selection } = fields;
  if (picksRows(selection)) return readChange(verb, ['write'], changed, fields, place, walk);
  const isBare = selection === null || selection === undefined;
  const construct = isBare ? `${verb} without WHERE` : `${verb} with a WHERE that picks nothing`;
  readChange(construct, ['write', 'destroy'], changed, fields, place, walk);
}

function readCopy(fields: Fields, place: Place, walk: Walk): void {
  const { to, target, source } = fields;
  const kind = typeof target === 'string' ? target : Object.keys(target ?? {})[0];
  const isTo = to === true;
  const { Table: table } = (source ?? {}) as { readonly Table?: Fields };
  const name = nameParts(table?.['table_name']).join('.');
  const targets = walk.open(...copyKind(kind, isTo));
  if (name !== '') targets.relations.add(name);
  walk.visit(fields, { ...place, relations: [walk.reads] });
}

function copyKind(kind: string | undefined, isTo: boolean): readonly [string, readonly Effect[]] {
  switch (kind) {
    case 'Stdin':
    case 'Stdout':
      return isTo ? ['COPY to the client', ['read']] : ['COPY from the client', ['write']];
    case 'File':
      return isTo
        ? ['COPY to a server file', ['read', 'admin', 'execute']]
        : ['COPY from a server file', ['write', 'admin']];
    default:
      return isTo
        ? ['COPY to a program', ['read', 'admin', 'execute']]
        : ['COPY from a program', ['write', 'admin', 'execute']];
  }
}

/** With ANALYZE the statement runs. Without, it is planned, and planning may call functions. */
function readExplain({ analyze, statement, options }: Fields, place: Place, walk: Walk): void {
  const runs = analyze === true || /analy[sz]e/i.test(JSON.stringify(options ?? ''));
  walk.readAs(runs ? 'EXPLAIN ANALYZE' : 'EXPLAIN');
  walk.visitStatement(statement, { ...place, isPlanned: !runs });
}

const looking =
  /^sp_(help\w*|columns|tables|databases|who2?|pkeys|fkeys|statistics|spaceused|depends|lock|describe_first_result_set)$/;
const administering =
  /^(xp_\w+|sp_(configure|oa\w+|add\w+|drop\w+|grant\w+|change\w+|attach\w+|detach\w+|set\w+|start_job))$/;

/** EXECUTE IMMEDIATE and EXEC of a text run that text; of a name, a procedure in T-SQL and a prepared statement elsewhere. */
function readExecute(fields: Fields, place: Place, walk: Walk): void {
  const { name, immediate, parameters } = fields;
  const parts = nameParts(name);
  const last = parts.at(-1)?.toLowerCase();
  walk.visit(parameters, place);
  if (last === undefined || immediate === true || last === 'immediate' || last === 'sp_executesql') {
    const text = literalOf(Array.isArray(parameters) ? parameters[0] : undefined);
    if (text === undefined) walk.open('EXECUTE of a text made at run time', ['execute', 'unknown']);
    else walk.readText(text);
  } else if (walk.dialect !== 'mssql') walk.open('EXECUTE of a statement that was prepared before', ['unknown']);
  else {
    const [construct, effects] = procedureKind(last);
    walk.open(construct, effects).functions.add(parts.join('.'));
  }
}

function procedureKind(name: string): readonly [string, readonly Effect[]] {
  if (looking.test(name)) return ['EXEC of a procedure that looks', ['read']];
  if (administering.test(name)) return ['EXEC of a procedure that administers the server', ['admin', 'execute']];
  return ['EXEC of a procedure', ['execute']];
}

function literalOf(parameter: unknown): string | undefined {
  const { value } = ((parameter ?? {}) as { readonly Value?: Fields }).Value ?? {};
  const [[kind, text] = ['', undefined]] = Object.entries((value ?? {}) as Fields);
  if (kind === 'DollarQuotedString') return String((text as Fields)['value']);
  return typeof text === 'string' && /^(\w*String(Literal)?)$/.test(kind) ? text : undefined;
}

function readProcedureCall(fields: Fields, place: Place, walk: Walk): void {
  const { name, ...rest } = fields;
  walk.open('CALL', ['execute']).functions.add(nameParts(name).join('.'));
  walk.visit(rest, place);
}
