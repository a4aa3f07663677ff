import type { ActList } from '../act-list.ts';
import { readBody } from './bodies.ts';
import { NotSql, parseStatements, scanTokens, type RawStatement } from './parser.ts';
import { fillPlaceholders } from './placeholders.ts';
import { walkStatement } from './walk.ts';

/** SQL in a text in a body in a text: deeper ones are not read. */
const textDepthMax = 4;
/** Each text and each body within is parsed by itself, so there may not be too many. */
const innerTextsMax = 500;
/** The parser of bodies takes four times as long. All bodies of a text together, in UTF-16 units. */
const bodiesLengthMax = 24_576;

/**
 * Reads a text as PostgreSQL would: by its own parser, statement by statement. What does not parse is unknown. Assumes
 * `standard_conforming_strings`, which is on unless somebody set it otherwise.
 */
export function readPostgres(text: string, acts: ActList): void {
  let innerLeft = innerTextsMax;
  let bodiesLeft = bodiesLengthMax;
  readText(text, 0);

  function readText(text: string, depth: number): void {
    const parsed = parse(text, acts);
    if (parsed === undefined) return;
    if (parsed.statements.length === 0) acts.unknown('a text without a statement');
    if (hasExecutableComment(parsed.text)) acts.unknown('a comment that MySQL runs');
    const prepared = new Set<string>();
    let bytes: Buffer | undefined;
    for (const { stmt = {}, stmt_location: from = 0, stmt_len: length } of parsed.statements) {
      const readInner = (inner: string): void => within(depth, () => readText(inner, depth + 1));
      walkStatement(stmt, acts, prepared, {
        readText: readInner,
        readBody: () => {
          bytes ??= Buffer.from(parsed.text);
          const source = bytes.subarray(from, length === undefined ? undefined : from + length).toString();
          bodiesLeft -= source.length;
          if (bodiesLeft < 0) acts.unknown('a body too long to be read');
          else within(depth, () => readBodyOf(source, readInner));
        },
      });
    }
  }

  function within(depth: number, read: () => void): void {
    innerLeft -= 1;
    if (innerLeft < 0 || depth >= textDepthMax) acts.unknown('SQL in SQL, too much or too deep to be read');
    else read();
  }

  function readBodyOf(statement: string, readInner: (inner: string) => void): void {
    try {
      readBody(statement, acts, readInner);
    } catch (error) {
      acts.unknown(error instanceof NotSql ? 'a body that does not parse' : 'a body that the parser gave up on');
    }
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
