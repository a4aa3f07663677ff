import { compileGlobs, fold, type Glob } from '../../policy/glob.ts';
import { markerOf } from '../spans.ts';

/** The fields that an answer loses for its caller, ready to be looked for. */
export interface FieldMask {
  /** Whether a name is that of a masked field. */
  readonly fits: (name: string) => boolean;
  /** False only when no masked field is named anywhere in a text, however it is cut into lines or quoted. */
  readonly mayName: (text: string) => boolean;
  /** Where a masked field is named in a line of text first; undefined: nowhere. Offsets are UTF-16 units. */
  readonly find: (line: string) => NamedPlace | undefined;
  /** Whether a name below a masked field is one that the tool itself declares, and so no data. */
  readonly isDeclared: (name: string) => boolean;
}

export interface NamedPlace {
  readonly start: number;
  readonly end: number;
}

export const fieldEntity = 'field';
export const fieldRule = 'field_mask';
export const fieldMarker = markerOf(fieldEntity);

/** What separates the words of a name, in one way or another: `date_of_birth`, `Date of birth`, `dateOfBirth`. */
const plain = /^[\x20-\x7e\t]*$/;
const plainSeparators = /[\s_\-.]+/g;
const separators = /[\s_\-.\p{Default_Ignorable_Code_Point}]+/gu;
/** A name in running text has so many words at most. */
const wordsMax = 4;
const plainWord = /[A-Za-z0-9][\w\-.]*/g;
const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}_\-.\p{Default_Ignorable_Code_Point}]*/gu;
const rememberedMax = 10_000;
/** What is longer is no name made of others. */
const nameUnitsMax = 200;
const markerStart = '[REDACTED:';
/** Longer names are rare, and what somebody uses as one must not stay in memory. */
const rememberedUnitsMax = 32;
const nothingDeclared: FieldMask['isDeclared'] = () => false;

/**
 * Compiles globs of names. Names are compared without case, compatibility forms (NFKC) as what they stand for, and
 * without blanks, `_`, `-` and `.`; of `employee.salary` and `employee/salary` each part is a name too, and of
 * `Salary (USD)` what stands before the bracket.
 */
export function compileFieldMask(globs: readonly string[], isDeclared = nothingDeclared): FieldMask {
  const squashed = globs.map(squash);
  const isField = remember(compileGlobs(squashed, 'exact'));
  const literals = squashed.map(longestLiteral);
  const fits = (name: string): boolean => {
    if (isField(squash(name))) return true;
    if (name.length > nameUnitsMax || !/[./[\](){}:]/.test(name) || name.includes(markerStart)) return false;
    const before = name.replace(/[([{].*$/s, '');
    return [before, ...name.split(/[./[\](){}:]+/)].some((part) => part !== '' && isField(squash(part)));
  };
  const mayName = (text: string): boolean => {
    const whole = squash(text);
    return literals.some((literal) => whole.includes(literal)) || text.includes('\\u');
  };
  const find = (line: string): NamedPlace | undefined => (mayName(line) ? findName(line, isField) : undefined);
  return { fits, mayName, find, isDeclared };
}

function squash(name: string): string {
  if (plain.test(name)) return name.replaceAll(plainSeparators, '').toLowerCase();
  return fold(name.replaceAll(separators, ''));
}

function longestLiteral(glob: string): string {
  return glob.split(/[*?]+/).reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '');
}

/** Words of a line, alone or as many as a name has. What masking has left in it names nothing. */
function findName(line: string, isField: Glob): NamedPlace | undefined {
  const words = [...withoutMarkers(line).matchAll(plain.test(line) ? plainWord : word)];
  for (const [at, first] of words.entries()) {
    let joined = '';
    for (let count = 0; count < wordsMax; count++) {
      const next = words[at + count];
      if (next === undefined || (count > 0 && !isNear(line, words[at + count - 1], next))) break;
      joined += squash(next[0]);
      if (joined !== '' && isField(joined)) return { start: first.index, end: next.index + next[0].length };
      if (count === 0 && next[0].includes('.')) {
        const parts = next[0].split('.').map(squash);
        if (parts.some((part) => part !== '' && isField(part))) {
          return { start: first.index, end: first.index + first[0].length };
        }
      }
    }
  }
  return undefined;
}

function isNear(line: string, before: RegExpExecArray | undefined, next: RegExpExecArray): boolean {
  return before !== undefined && /^\s+$/.test(line.slice(before.index + before[0].length, next.index));
}

/** Signs of the same length instead of markers and of what a string of JSON escapes, so that all places stay. */
function withoutMarkers(line: string): string {
  return line.replaceAll(/\[REDACTED:[a-z0-9_]{1,40}\]|\\[a-z]/g, (found) => '|'.repeat(found.length));
}

function remember(glob: Glob): Glob {
  const answers = new Map<string, boolean>();
  return (text) => {
    if (text.length > rememberedUnitsMax) return glob(text);
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = glob(text);
    if (answers.size >= rememberedMax) answers.clear();
    answers.set(text, answer);
    return answer;
  };
}
