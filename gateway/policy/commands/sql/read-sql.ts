import type { Act, Dialect } from '../command.ts';
import { ActList } from './act-list.ts';
import { excessOf } from './budget.ts';
import { readOther } from './other/read-other.ts';
import { readPostgres } from './postgres/read-postgres.ts';

/** Longer texts are not read, so they are unknown: reading takes time. In UTF-16 units. */
const textLengthMax = 65_536;

/**
 * PURE. What a text in SQL would do, statement by statement and in what they contain. At least one act. Never throws:
 * what cannot be read is unknown.
 */
export function readSql(dialect: Dialect, text: string): readonly Act[] {
  const acts = new ActList();
  try {
    readInto(acts, dialect, text);
  } catch {
    acts.unknown('a statement that the parser gave up on');
  }
  if (acts.size === 0) acts.unknown('a text without a statement');
  return acts.close();
}

function readInto(acts: ActList, dialect: Dialect, text: string): void {
  if (text.length > textLengthMax) return acts.unknown('a text too long to be read');
  // A parser in C takes it for the end of the text, and a server may not.
  if (text.includes('\0')) return acts.unknown('a text with a NUL character');
  if (!text.isWellFormed()) return acts.unknown('a text that is not Unicode');
  const excess = excessOf(dialect, text);
  if (excess !== undefined) return acts.unknown(excess);
  if (dialect === 'postgres') return readPostgres(text, acts);
  return readOther(dialect, text, acts);
}
