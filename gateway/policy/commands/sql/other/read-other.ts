import type { Dialect, Effect } from '../../command.ts';
import type { ActList } from '../act-list.ts';
import { parseStatements } from './parser.ts';
import { ambiguityOf } from './screen.ts';
import { walkStatement } from './walk.ts';

/** SQL in a text in a text: deeper ones are not read. */
const textDepthMax = 4;

/** Reads a text in a dialect that is not PostgreSQL's. What does not parse, or may be cut otherwise, is unknown. */
export function readOther(dialect: Dialect, text: string, acts: ActList, depth = 0): void {
  if (depth > textDepthMax) return acts.unknown('SQL in SQL, too deep to be read');
  const ambiguity = ambiguityOf(dialect, text);
  if (ambiguity !== undefined) return acts.unknown(ambiguity);
  if (dialect === 'sqlite' && lookingPragma.test(text)) return void acts.open('PRAGMA', ['read']);
  const statements = parse(dialect, text, acts);
  if (statements === undefined) return;
  if (statements.length === 0) acts.unknown('a text without a statement');
  for (const statement of statements) {
    walkStatement(statement, dialect, acts, (inner) => readOther(dialect, inner, acts, depth + 1));
  }
}

/** Those of SQLite that look at something by its name, which the parser does not take. */
const lookingPragma =
  /^\s*pragma\s+(\w+\.)?(table_x?info|index_x?info|index_list|foreign_key_list|foreign_key_check|integrity_check|quick_check)\s*\(\s*["']?\w+["']?\s*\)[\s;]*$/i;

function parse(dialect: Dialect, text: string, acts: ActList): readonly unknown[] | undefined {
  const statements = parseStatements(dialect, text);
  if (statements !== undefined) return statements;
  const withoutTemplates = text.replace(templates, ' ? ');
  const filled = withoutTemplates.replace(parameters, ' ? ');
  const parsed = filled === text ? undefined : parseStatements(dialect, filled);
  if (parsed === undefined) {
    const [, construct, effects] = hints.find(([pattern]) => pattern.test(text)) ?? [];
    if (construct === undefined) acts.unknown('a statement that does not parse');
    else acts.open(construct, [...(effects ?? []), 'unknown']);
  } else if (withoutTemplates !== text) acts.unknown('a template that is filled in later');
  return parsed;
}

/** What a driver fills in. Nothing of it can begin or end a literal, a comment or a statement. */
const parameters = /%(\(\w+\))?s\b/g;
const templates = /\{\{[\w\s.$]*\}\}|\$\{[\w\s.$]*\}/g;

/** Statements that the parser does not know, for people to see what they are. */
const hints: readonly (readonly [RegExp, string, readonly Effect[]])[] = [
  [/\binto\s+(out|dump)file\b/i, 'SELECT INTO OUTFILE', ['write', 'admin']],
  [/^\s*load\s+(data|xml)\b/i, 'LOAD DATA', ['write', 'admin']],
  [/\b(xp_cmdshell|sp_oa\w+)\b/i, 'a call of xp_cmdshell', ['admin', 'execute']],
  [/^\s*bulk\s+insert\b/i, 'BULK INSERT', ['write', 'admin']],
  [/^\s*(put|get)\s/i, 'PUT or GET of files', ['write', 'network']],
  [/^\s*detach\b/i, 'DETACH DATABASE', ['admin']],
  [/^\s*vacuum\b/i, 'VACUUM', ['admin']],
  [/^\s*(dbcc|shutdown|backup|restore|reconfigure)\b/i, 'a statement that administers the server', ['admin']],
];
