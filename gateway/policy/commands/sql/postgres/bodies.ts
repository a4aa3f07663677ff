import type { ActList } from '../act-list.ts';
import { constantText } from './constant-text.ts';
import type { Fields } from '../told.ts';
import { parseBody, parseStatements } from './parser.ts';

/** What bodies in PL/pgSQL are made of, and does nothing beyond the expressions and the statements in it. */
const passive: ReadonlySet<string> = new Set(
  `function var row rec recfield type exception exception_block condition diag_item case_when if_elsif raise_option
  stmt_assert stmt_assign stmt_block stmt_call stmt_case stmt_close stmt_dynexecute stmt_dynfors stmt_execsql stmt_exit
  stmt_fetch stmt_foreach_a stmt_forc stmt_fori stmt_fors stmt_getdiag stmt_if stmt_loop stmt_open stmt_perform
  stmt_raise stmt_return stmt_return_next stmt_return_query stmt_while`
    .split(/\s+/)
    .map((name) => `PLpgSQL_${name}`),
);

/** A text in a body, and how it is to be parsed (`RawParseMode`): 0 is a statement, 2 an expression, 3 to 5 assign one. */
interface Expression {
  readonly query?: string;
  readonly parseMode?: number;
}

/**
 * Reads the body of a DO block or of a function in PL/pgSQL: each text in it by the reader of statements, and what
 * EXECUTE runs too when it is a literal. Throws what the parser throws.
 */
export function readBody(statement: string, acts: ActList, readText: (text: string) => void): void {
  const open: [value: unknown, isRun: boolean][] = [[parseBody(statement), false]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, isRun] = next;
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) for (const item of value as readonly unknown[]) open.push([item, isRun]);
    else for (const [name, inner] of Object.entries(value as Fields)) visit(name, inner as Fields, isRun);
  }

  function visit(name: string, inner: Fields, isRun: boolean): void {
    if (name === 'PLpgSQL_expr') return readExpression(inner, isRun, acts, readText);
    if (name === 'PLpgSQL_stmt_commit') acts.open('COMMIT', ['admin']);
    else if (name === 'PLpgSQL_stmt_rollback') acts.open('ROLLBACK', ['admin']);
    else if (name.startsWith('PLpgSQL_') && !passive.has(name)) acts.unknown('a part of a body that is not known');
    if (name === 'PLpgSQL_stmt_dynexecute' || name === 'PLpgSQL_stmt_dynfors') {
      const { query, ...rest } = inner;
      open.push([query, true], [rest, false]);
    } else open.push([inner, name === 'dynquery']);
  }
}

/** What EXECUTE runs is the value of its expression: known when that is a literal. */
function readExpression(
  { query = '', parseMode = 0 }: Expression,
  isRun: boolean,
  acts: ActList,
  readText: (text: string) => void,
): void {
  if (parseMode === 0) return readText(query);
  if (parseMode > 2) {
    const [, target, value] = assignment.exec(query) ?? [];
    if (target === undefined || value === undefined) return acts.unknown('an assignment that cannot be read');
    readText(`SELECT ${target}`);
    return readText(`SELECT ${value}`);
  }
  readText(`SELECT ${query}`);
  if (!isRun) return;
  const text = constantText(valueOf(`SELECT ${query}`));
  if (text === undefined) acts.open('EXECUTE of a text made at run time', ['execute', 'unknown']);
  else readText(text);
}

/** `target := value` or `target = value`. */
const assignment = /^((?:"[^"]*"|\[[^\]]*\]|[^:="[])+):?=([^]*)$/;

/** The one value that a SELECT of one expression has; undefined: it has more to it. */
function valueOf(text: string): unknown {
  const [statement, ...others] = parseStatements(text);
  const select = (statement?.stmt?.['SelectStmt'] ?? {}) as Fields;
  const items = (Array.isArray(select['targetList']) ? select['targetList'] : []) as readonly { ResTarget?: Fields }[];
  const isPlain = others.length === 0 && items.length === 1 && select['fromClause'] === undefined;
  return isPlain ? items[0]?.ResTarget?.['val'] : undefined;
}
