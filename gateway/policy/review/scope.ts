import type { ArgumentFile, ClaimFile, RuleFile } from '../../config/rule-schema.ts';
import { systems } from '../commands/command.ts';
import { fold } from '../glob.ts';
import { pathOf } from '../../json-pointer.ts';
import { alternativesOf } from '../matchers/matcher.ts';
import { operationNames } from '../methods.ts';
import { isPlainPath } from '../plain-path.ts';
import type { Rule } from '../rule.ts';
import { coversCommands } from './command-sets.ts';
import { covers, foldedForms, type Reader } from './glob-sets.ts';

/** What a rule speaks of, so that it can be said whether it speaks of all that another one does. */
export interface Scope {
  readonly file: RuleFile;
  readonly rule: Rule;
  /** Of the connections that there are; undefined: all. */
  readonly connections: ReadonlySet<string> | undefined;
  /** What else it asks for, commands apart: keys of its `match`. */
  readonly keys: ReadonlySet<string>;
}

type Key = keyof RuleFile['match'];

const besides: ReadonlySet<string> = new Set(['connection', 'method', ...systems]);

/** A method that no rule names. */
const unnamedMethod = '\0 a method without a name \0';

export function scopeOf(file: RuleFile, rule: Rule, connections: readonly string[]): Scope {
  const { connection } = rule;
  const keys = Object.entries(file.match).flatMap(([key, value]) => (value === undefined ? [] : key));
  return {
    file,
    rule,
    connections: connection === undefined ? undefined : new Set(connections.filter(connection)),
    keys: new Set(keys.filter((key) => !besides.has(key))),
  };
}

/** Of which texts something is said: of all, or of those in ASCII, as nearly all names are. */
export type Texts = 'all' | 'ascii';

/**
 * PURE. Whether `outer` applies to every call to which `inner` applies. True is certain; what is not understood is
 * false. `outer` restricts, or both allow.
 */
export function coversScope(outer: Scope, inner: Scope, texts: Texts): boolean {
  for (const key of outer.keys) if (!inner.keys.has(key)) return false;
  const reader = readerOf(outer, inner, texts);
  if (!coversConnections(outer, inner) || !coversMethods(outer, inner, reader)) return false;
  if (!coversCondition(outer, inner)) return false;
  return (
    [...outer.keys].every((key) => coversKey(key as Key, outer, inner, reader)) &&
    coversCommands(outer.file, inner.file, reader)
  );
}

/** A rule that restricts reads folded texts, and a rule that allows reads them to the letter. */
function readerOf(outer: Scope, inner: Scope, texts: Texts): Reader {
  if (outer.rule.decision === 'allow') return covers;
  const folded = (globs: readonly string[]): readonly string[] => globs.map(fold);
  if (inner.rule.decision !== 'allow' || texts === 'ascii')
    return (wide, narrow) => covers(folded(wide), folded(narrow));
  return (wide, narrow) => covers(folded(wide), foldedForms(narrow));
}

const generously: Reader = (wide, narrow) => covers(wide.map(fold), narrow.map(fold));

function coversConnections({ connections: outer }: Scope, { connections: inner }: Scope): boolean {
  if (outer === undefined) return true;
  return inner !== undefined && [...inner].every((name) => outer.has(name));
}

function coversMethods(outer: Scope, inner: Scope, reader: Reader): boolean {
  const [wide, narrow] = [outer, inner].map(({ file }) => file.match.method);
  if (wide !== undefined && narrow !== undefined) {
    return reader(alternativesOf(wide), alternativesOf(narrow));
  }
  if (wide !== undefined && fitsMethod(inner, unnamedMethod)) return alternativesOf(wide).includes('*');
  if (narrow !== undefined && !fitsMethod(outer, unnamedMethod)) {
    const names = alternativesOf(narrow);
    // A rule that restricts reads a method without case, where it names one.
    return inner.rule.decision === 'allow' && names.every((name) => !/[*?]/.test(name) && fitsMethod(outer, name));
  }
  return [...operationNames(), unnamedMethod].every(
    (method) => !fitsMethod(inner, method) || fitsMethod(outer, method),
  );
}

function fitsMethod({ rule }: Scope, method: string): boolean {
  const matcher = rule.matchers.find(({ name }) => name === 'method');
  const caller = { issuer: '', subject: '', groups: [], actors: [] };
  return matcher === undefined || matcher.fits({ connection: '', method, caller, args: undefined, at: new Date(0) });
}

/** The same expression is true of the same calls; of what it is an error for, rules that allow do not speak. */
function coversCondition(outer: Scope, inner: Scope): boolean {
  return outer.file.when === undefined || outer.file.when === inner.file.when;
}

function coversKey(key: Key, outer: Scope, inner: Scope, reader: Reader): boolean {
  const [wide, narrow] = [outer.file.match, inner.file.match];
  switch (key) {
    case 'tool':
      return reader(alternativesOf(wide.tool ?? []), alternativesOf(narrow.tool ?? []));
    case 'uri': {
      const places = outer.rule.decision === 'allow' ? coversPlaces : reader;
      return places(alternativesOf(wide.uri ?? []), alternativesOf(narrow.uri ?? []));
    }
    case 'claims':
      return coversClaims(wide.claims ?? {}, narrow.claims ?? {}, reader);
    case 'args':
      return coversArguments(wide.args ?? {}, narrow.args ?? {}, { outer, inner, reader });
    default:
      // What is asked for is the same, and both settle alike what cannot be judged.
      return (
        JSON.stringify(wide[key]) === JSON.stringify(narrow[key]) &&
        (outer.rule.decision === 'allow') === (inner.rule.decision === 'allow')
      );
  }
}

type ClaimFiles = Readonly<Record<string, ClaimFile | undefined>>;

function coversClaims(outer: ClaimFiles, inner: ClaimFiles, reader: Reader): boolean {
  return Object.entries(outer).every(([claim, wide]) => {
    const narrow = inner[claim];
    if (wide === undefined || narrow === undefined) return wide === undefined;
    return coversClaim(wide, narrow, claim === 'email' ? generously : reader);
  });
}

function coversClaim(wide: ClaimFile, narrow: ClaimFile, reader: Reader): boolean {
  const holdsOneOf = (globs: readonly string[]): boolean => {
    if (typeof narrow === 'string') return reader(globs, [narrow]);
    return 'any' in narrow ? reader(globs, narrow.any) : narrow.all.some((glob) => reader(globs, [glob]));
  };
  if (typeof wide === 'string') return holdsOneOf([wide]);
  return 'any' in wide ? holdsOneOf(wide.any) : wide.all.every((glob) => holdsOneOf([glob]));
}

type ArgumentFiles = Readonly<Record<string, ArgumentFile>>;
interface Pair {
  readonly outer: Scope;
  readonly inner: Scope;
  readonly reader: Reader;
}

function coversArguments(outer: ArgumentFiles, inner: ArgumentFiles, pair: Pair): boolean {
  const narrow = new Map(Object.entries(inner).map(([path, file]) => [JSON.stringify(pathOf(path)), file]));
  return Object.entries(outer).every(([path, wide]) => {
    const file = narrow.get(JSON.stringify(pathOf(path)));
    return file !== undefined && coversArgument(wide, file, pair);
  });
}

function coversArgument(wide: ArgumentFile, narrow: ArgumentFile, { outer, inner, reader }: Pair): boolean {
  const sameReading = (outer.rule.decision === 'allow') === (inner.rule.decision === 'allow');
  const isNumberOrFlag = typeof wide === 'number' || typeof wide === 'boolean';
  if (JSON.stringify(wide) === JSON.stringify(narrow) && (sameReading || isNumberOrFlag)) return true;
  const isGiven = typeof narrow !== 'object' || 'any' in narrow || ('exists' in narrow && narrow.exists);
  if (typeof wide === 'object' && 'exists' in wide) return wide.exists && isGiven;
  const [wideGlobs, narrowGlobs] = [globsOf(wide), globsOf(narrow)];
  if (wideGlobs === undefined || narrowGlobs === undefined) return false;
  const [widePath, narrowPath] = [wideGlobs, narrowGlobs].map((globs) => globs.some((glob) => glob.includes('/')));
  // A place in disguise fits whatever restricts places, and of other texts only those that fit its globs.
  if (inner.rule.decision !== 'allow' && narrowPath === true && widePath !== true) return wideGlobs.includes('*');
  if (outer.rule.decision === 'allow' && widePath === true) {
    return narrowPath === true && coversPlaces(wideGlobs, narrowGlobs);
  }
  return reader(wideGlobs, narrowGlobs);
}

/** Of rules that allow, which judge plain places only, and beside them what they name to the letter. */
function coversPlaces(wide: readonly string[], narrow: readonly string[]): boolean {
  return narrow.every((glob) => wide.includes(glob) || isPlainPath(glob)) && covers(wide, narrow);
}

function globsOf(file: ArgumentFile): readonly string[] | undefined {
  if (typeof file === 'string') return [file];
  return typeof file === 'object' && 'any' in file ? file.any : undefined;
}
