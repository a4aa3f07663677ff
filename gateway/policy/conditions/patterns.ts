import { RE2JS } from 're2js';
import type { Reading } from '../glob.ts';
import type { Test } from '../matchers/matcher.ts';
import { onText } from '../matchers/text.ts';
import { isPlainPath } from '../plain-path.ts';
import { DoubtError, doubts } from './condition.ts';

/** Longer ones are not searched: time is linear in it, and this is the line to how many milliseconds. In UTF-16 units. */
const searchedLengthMax = 65_536;
/** Steps of the automaton of a pattern: states times kinds of characters. */
const automatonStepsMax = 50_000;

/** A pattern of `re`, compiled when the rule is. */
export class Pattern {
  readonly #compiled: RE2JS;
  readonly #text: string;

  /** Throws what is wrong with it: RE2 does not know it, or its automaton is too large. */
  constructor(text: string) {
    this.#text = text;
    this.#compiled = RE2JS.compile(text);
    if (!completeAutomaton(this.#compiled)) {
      throw new Error('it counts what it cannot tell apart, which takes long; make {n} smaller');
    }
  }

  isIn(text: string): boolean {
    if (text.length > searchedLengthMax) throw new DoubtError(doubts.tooLarge);
    return mustBePlain(text, this.#text) && this.#compiled.test(text);
  }
}

/**
 * Builds the whole automaton of a pattern, of which RE2 builds on the way what a text makes it need. Where that is
 * small, a search is one look-up a character. Where it is not, a caller can send a text that needs more than is kept;
 * the search is still linear, and two hundred times slower.
 */
function completeAutomaton({ re2Input: { dfa } }: RE2JS): boolean {
  const unanchored = 0;
  const endOfText = -1;
  const atStart = 5;
  const found = new Set<unknown>([dfa.makeState([dfa.prog.start], atStart, [])]);
  let steps = 0;
  for (const state of found) {
    for (let kind = 0; kind <= dfa.numClasses; kind += 1) {
      steps += 1;
      const character = kind === dfa.numClasses ? endOfText : kind === 0 ? 0 : dfa.classBounds[kind - 1];
      const next: unknown = dfa.step(state, kind, character, unanchored);
      if (next === null || steps > automatonStepsMax) return false;
      found.add(next);
    }
  }
  return true;
}

/**
 * What has a slash speaks of places, and judges plain paths only, as globs do: a text that climbs out of a folder begins
 * with its name as well.
 */
function mustBePlain(text: string, wanted: string): true {
  if (wanted.includes('/') && text !== wanted && !isPlainPath(text)) throw new DoubtError(doubts.disguised);
  return true;
}

/** A pattern of `glob`, compiled when the rule is. */
export class GlobPattern {
  readonly #test: Test;

  constructor(text: string, reading: Reading) {
    this.#test = onText([text], reading);
  }

  fits(text: string): boolean {
    const fits = this.#test(text);
    if (fits === undefined) throw new DoubtError(doubts.disguised);
    return fits;
  }
}

/** The language's own functions, which judge plain paths only where the text looked for has a slash. */
export const textComparisons: Readonly<Record<string, (text: string, wanted: string) => boolean>> = {
  startsWith: (text, wanted) => mustBePlain(text, wanted) && text.startsWith(wanted),
  endsWith: (text, wanted) => mustBePlain(text, wanted) && text.endsWith(wanted),
  contains: (text, wanted) => mustBePlain(text, wanted) && text.includes(wanted),
};
