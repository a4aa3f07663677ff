import type { Fields } from '../told.ts';
import type { Place } from '../traversal.ts';
import { stringsIn, type Walk } from './place.ts';

/** DO runs its body at once. */
export function readDo(fields: Fields, _place: Place, walk: Walk): void {
  const { language } = optionsOf(fields['args']);
  if (language === undefined || language === 'plpgsql') return walk.readBody();
  walk.open('a DO block in another language than PL/pgSQL', ['execute', 'unknown']);
}

/** CREATE FUNCTION and PROCEDURE run nothing yet; what their bodies would do counts all the same. */
export function readCreateFunction(fields: Fields, place: Place, walk: Walk): void {
  const { options, sql_body, funcname, ...rest } = fields;
  const { language = 'sql', body, isDefiner } = optionsOf(options);
  const kind = fields['is_procedure'] === true ? 'PROCEDURE' : 'FUNCTION';
  const name = stringsIn(funcname).join('.');
  if (isDefiner) walk.open(`CREATE ${kind} with the rights of its owner`, ['ddl', 'admin']).functions.add(name);
  else walk.open(`CREATE ${kind}`, ['ddl']).functions.add(name);
  walk.visit(rest, place);
  walk.visit(settingsOf(options), place);
  if (sql_body !== undefined) walk.visit(sql_body, place);
  else if (language === 'plpgsql') walk.readBody();
  else if (language === 'sql' && body !== undefined) walk.readText(body);
  else walk.open(`CREATE ${kind} in another language than SQL and PL/pgSQL`, ['ddl', 'admin', 'execute', 'unknown']);
}

interface Options {
  readonly language?: string;
  readonly body?: string;
  readonly isDefiner: boolean;
}

function optionsOf(options: unknown): Options {
  let found: Options = { isDefiner: false };
  for (const { defname, arg } of elementsOf(options)) {
    const [text] = stringsIn(arg ?? {});
    if (defname === 'language' && text !== undefined) found = { ...found, language: text.toLowerCase() };
    if (defname === 'as' && text !== undefined) found = { ...found, body: text };
    if (defname === 'security' && isTrue(arg)) found = { ...found, isDefiner: true };
  }
  return found;
}

function isTrue(arg: unknown): boolean {
  return (arg as { readonly Boolean?: { readonly boolval?: boolean } } | undefined)?.Boolean?.boolval === true;
}

/** `SET name = value` of a function. */
function settingsOf(options: unknown): readonly unknown[] {
  return elementsOf(options)
    .filter(({ defname }) => defname === 'set')
    .map(({ arg }) => arg);
}

function elementsOf(options: unknown): readonly Fields[] {
  const elements = (Array.isArray(options) ? options : []) as readonly { readonly DefElem?: Fields }[];
  return elements.flatMap(({ DefElem }) => (DefElem === undefined ? [] : [DefElem]));
}
