import { describe, expect, test } from 'vitest';
import { compileGlobs } from '../../../../../gateway/policy/glob.ts';
import { commonText, covers, foldedForms } from '../../../../../gateway/policy/review/glob-sets.ts';

/** All words over these letters, up to a length. */
function words(letters: readonly string[], lengthMax: number): string[] {
  const all = [''];
  for (let from = 0, length = 0; length < lengthMax; length += 1) {
    const to = all.length;
    for (let index = from; index < to; index += 1) for (const letter of letters) all.push(`${all[index]}${letter}`);
    from = to;
  }
  return all;
}

const globs = words(['a', 'b', '*', '?'], 3);
/** Long enough for each of these globs to show what it does not cover; `c` stands in none of them. */
const texts = words(['a', 'b', 'c'], 5);
const fitting = new Map(globs.map((glob) => [glob, texts.map(compileGlobs([glob], 'exact'))]));
const fits = (glob: string): readonly boolean[] => fitting.get(glob) ?? [];

describe('what one set of globs covers of another', () => {
  test('is told right of all short globs, two by two', () => {
    const wrong: string[] = [];
    for (const outer of globs) {
      for (const inner of globs) {
        const really = fits(inner).every((fit, index) => !fit || fits(outer)[index]);
        if (covers([outer], [inner]) !== really) wrong.push(`${outer} over ${inner}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('is told of several together', () => {
    expect(covers(['a*', 'b*'], ['a?', 'b'])).toBe(true);
    expect(covers(['a*', '?b*'], ['*'])).toBe(false);
    expect(covers(['?*', ''], ['*'])).toBe(true);
  });

  test('is not told where it would take too long', () => {
    const outer = Array.from({ length: 12 }, (_unused, n) => `*${'?'.repeat(n)}a${'?'.repeat(12)}`);
    const began = performance.now();
    expect(covers(outer, ['*a*b*a*b*a*b*a*b*a*b'])).toBe(false);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

test('two globs have a text in common exactly when there is one', () => {
  const wrong: string[] = [];
  for (const one of globs) {
    for (const other of globs) {
      const common = commonText([one], [other]);
      const really = fits(one).some((fit, index) => fit && fits(other)[index]);
      const shown = common !== undefined && [one, other].every((glob) => compileGlobs([glob], 'exact')(common));
      if (really !== shown || (common !== undefined) !== really) wrong.push(`${one} and ${other}: ${common}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('whatever fits a glob to the letter fits its folded forms once it is folded', () => {
  const marks = ['', '\u0301', '\u0307', 'E', 'e', 'ſ', 'K', 'Σ', 'ﬁ', '\u0338', '＊', 'İ'];
  for (const glob of ['get_*', 'get*', 'Ge?', '*e*', 'x<*', 'é*', '?', 'e?e', 'DROP']) {
    const fold = compileGlobs(foldedForms([glob]), 'generous');
    for (const one of marks) {
      for (const other of marks) {
        for (const text of [
          glob.replaceAll('*', `${one}${other}`).replaceAll('?', one),
          `get_${one}${other}`,
          `get${one}`,
        ]) {
          if (compileGlobs([glob], 'exact')(text)) expect(fold(text), `${glob} ${text}`).toBe(true);
        }
      }
    }
  }
});
