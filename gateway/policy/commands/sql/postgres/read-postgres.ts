import type { ActList } from '../act-list.ts';
import { readBody } from './bodies.ts';
import { NotSql, parseStatements, scanTokens, type RawStatement } from './parser.ts';
import { fillPlaceholders } from './placeholders.ts';
import { walkStatement } from './walk.ts';

/** SQL in a text in a body in a text: deeper ones are not read. */
const textDepthMax = 4;

/**
 * Reads a text as PostgreSQL would: by its own parser, statement by statement. What does not parse is unknown. Assumes
 * `standard_conforming_strings`, which is on unless somebody set it otherwise.
 */
export function readPostgres(text: string, acts: ActList, depth = 0): void {
  if (depth > textDepthMax) return acts.unknown('SQL in SQL, too deep to be read');
  const parsed = parse(text, acts);
  if (parsed === undefined) return;
  if (parsed.statements.length === 0) acts.unknown('a text without a statement');
  if (text.includes('/*') && hasExecutableComment(parsed.text)) acts.unknown('a comment that MySQL runs');
  const prepared = new Set<string>();
  for (const { stmt = {}, stmt_location = 0, stmt_len } of parsed.statements) {
    const end = stmt_len === undefined ? undefined : stmt_location + stmt_len;
    const source = (): string => Buffer.from(parsed.text).subarray(stmt_location, end).toString();
    const readText = (inner: string): void => readPostgres(inner, acts, depth + 1);
    walkStatement(stmt, acts, prepared, {
      readText,
      readBody: () => {
        try {
          readBody(source(), acts, readText);
        } catch (error) {
          acts.unknown(error instanceof NotSql ? 'a body that does not parse' : 'a body that the parser gave up on');
        }
      },
    });
  }
}

interface Parsed {
  readonly text: string;
  readonly statements: readonly RawStatement[];
}

function parse(text: string, acts: ActList): Parsed | undefined {
  try {
    return { text, statements: parseStatements(text) };
  } catch (error) {
    if (!(error instanceof NotSql)) {
      acts.unknown('a statement that the parser gave up on');
      return undefined;
    }
  }
  try {
    const filled = fillPlaceholders(text);
    if (filled !== undefined) {
      const statements = parseStatements(filled.text);
      if (filled.hasTemplates) acts.unknown('a template that is filled in later');
      return { text: filled.text, statements };
    }
  } catch {
    // Placeholders are not what is wrong with it.
  }
  acts.unknown(/(^|\s)\\\S/.test(text) ? 'a command of psql' : 'a statement that does not parse');
  return undefined;
}

/** MySQL and MariaDB run what stands in such comments; no comment of anybody else's begins so. */
function hasExecutableComment(text: string): boolean {
  if (!/\/\*M?!/.test(text)) return false;
  return scanTokens(text).some(({ tokenName, text: token }) => tokenName === 'C_COMMENT' && /\/\*M?!/.test(token));
}
