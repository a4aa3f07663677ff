import { compileGlobs, fold } from '../glob.ts';

/** How one rule reads a text that another one reads. */
export type Reader = (outer: readonly string[], inner: readonly string[]) => boolean;

/** Beyond so many states it is not told whether one set of globs covers another. */
const statesMax = 20_000;
const wildcard = /[*?]/;

/**
 * PURE. Whether every text that fits one of `inner` fits one of `outer`, both read to the letter. True is certain; false
 * also stands for what would take too long to tell.
 */
export function covers(outer: readonly string[], inner: readonly string[]): boolean {
  if (outer.includes('*')) return true;
  const [only, ...others] = outer;
  if (only !== undefined && others.length === 0 && !inner.every((glob) => endsLike(only, glob))) return false;
  const fits = compileGlobs(outer, 'exact');
  return inner.every((glob) => outer.includes(glob) || (wildcard.test(glob) ? coversGlob(outer, glob) : fits(glob)));
}

/** Whether what `inner` begins and ends with does so as `outer` asks, without which it cannot be covered. */
function endsLike(outer: string, inner: string): boolean {
  return startOf(inner).startsWith(startOf(outer)) && endOf(inner).endsWith(endOf(outer));
}

/** PURE. Whether two globs may have a text in common, by what they begin and end with. */
export function mayMeet(one: string, other: string): boolean {
  const [a, b, c, d] = [startOf(one), startOf(other), endOf(one), endOf(other)];
  return (a.startsWith(b) || b.startsWith(a)) && (c.endsWith(d) || d.endsWith(c));
}

/** What stands before the first wildcard, and behind the last. */
function startOf(glob: string): string {
  const at = glob.search(wildcard);
  return at < 0 ? glob : glob.slice(0, at);
}

function endOf(glob: string): string {
  return glob.slice(Math.max(glob.lastIndexOf('*'), glob.lastIndexOf('?')) + 1);
}

/**
 * PURE. Globs that every folded form of a text fits which fits one of these to the letter. What stands before a wildcard
 * may be folded with what comes behind it (`e` and an accent), so a letter there is not relied on; nor is anything else
 * where the glob itself is beyond ASCII.
 */
export function foldedForms(globs: readonly string[]): readonly string[] {
  return globs.map((glob) => {
    if (!wildcard.test(glob)) return fold(glob);
    if (!/^[\0-\x7f]*$/.test(glob)) return '*';
    return fold(glob)
      .replaceAll('?', '*')
      .replaceAll(/[a-z<=>]\*/g, '*');
  });
}

/** PURE. A short text that fits one of each, both read to the letter; undefined when there is none. */
export function commonText(a: readonly string[], b: readonly string[]): string | undefined {
  const texts = a.flatMap((one) => b.flatMap((other) => commonOfTwo(one, other) ?? []));
  return texts.toSorted((one, other) => one.length - other.length)[0];
}

/** Walks through all that may be read of `glob`, and where `outer` can stand then. */
function coversGlob(outer: readonly string[], glob: string): boolean {
  const alphabet = [...new Set(outer.join('').replaceAll(/[*?]/g, ''))];
  const seen = new Set<string>();
  const open: (readonly [number, readonly Position[]])[] = [[0, skipStars(outer, beginnings(outer))]];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const [at, positions] = state;
    const key = `${at}/${positions.join(' ')}`;
    if (seen.has(key)) continue;
    if (seen.add(key).size > statesMax) return false;
    const symbol = glob[at];
    if (symbol === undefined) {
      if (!positions.some(([pattern, index]) => index === outer[pattern]?.length)) return false;
      continue;
    }
    if (symbol === '*') open.push([at + 1, positions]);
    const letters = wildcard.test(symbol) ? [...alphabet, undefined] : [symbol];
    const next = symbol === '*' ? at : at + 1;
    for (const letter of letters) open.push([next, step(outer, positions, letter)]);
  }
  return true;
}

/** Pattern and index within it. */
type Position = readonly [number, number];

function beginnings(patterns: readonly string[]): Position[] {
  return patterns.map((_pattern, index) => [index, 0] as const);
}

/** `letter` undefined: any that no pattern names. */
function step(patterns: readonly string[], positions: readonly Position[], letter: string | undefined): Position[] {
  const next = positions.flatMap(([pattern, index]): Position[] => {
    const symbol = patterns[pattern]?.[index];
    if (symbol === '*') return [[pattern, index]];
    return symbol === '?' || (symbol !== undefined && symbol === letter) ? [[pattern, index + 1]] : [];
  });
  return skipStars(patterns, next);
}

/** A star may stand for nothing. Each position once, and in order. */
function skipStars(patterns: readonly string[], positions: readonly Position[]): Position[] {
  const all = new Map<string, Position>();
  for (const [pattern, from] of positions) {
    for (let index = from; ; index += 1) {
      all.set(`${pattern}.${index}`, [pattern, index]);
      if (patterns[pattern]?.[index] !== '*') break;
    }
  }
  return [...all.values()].toSorted(([a, i], [b, j]) => a - b || i - j);
}

function commonOfTwo(a: string, b: string): string | undefined {
  const seen = new Set<string>();
  const open: (readonly [number, number, string])[] = [[0, 0, '']];
  for (const [i, j, text] of open) {
    if (i === a.length && j === b.length) return text;
    const key = `${i}/${j}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const [x, y] = [a[i], b[j]];
    if (x === '*') open.push([i + 1, j, text]);
    if (y === '*') open.push([i, j + 1, text]);
    if (x === undefined || y === undefined) continue;
    const letter = wildcard.test(x) ? (wildcard.test(y) ? 'x' : y) : x;
    if (!wildcard.test(x) && !wildcard.test(y) && x !== y) continue;
    // Two stars that read the same letter lead back to here.
    if (x === '*' && y === '*') continue;
    open.push([x === '*' ? i : i + 1, y === '*' ? j : j + 1, text + letter]);
  }
  return undefined;
}
