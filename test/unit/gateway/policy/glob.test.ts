import { describe, expect, test } from 'vitest';
import { compileGlobs } from '../../../../gateway/policy/glob.ts';

/** What a glob means, said as plainly as possible and far too slowly. */
function means(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*') return means(pattern.slice(1), text) || (text !== '' && means(pattern, text.slice(1)));
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && means(pattern.slice(1), text.slice(1));
}

function* textsOf(letters: string, lengthMax: number): Generator<string> {
  yield '';
  if (lengthMax === 0) return;
  for (const letter of letters) for (const rest of textsOf(letters, lengthMax - 1)) yield letter + rest;
}

describe('a glob', () => {
  test('means the same as its definition, for every short pattern and text', () => {
    const texts = [...new Set(textsOf('ab', 5))];
    for (const pattern of new Set(textsOf('ab*?', 4))) {
      const glob = compileGlobs([pattern], 'exact');
      const wrong = texts.filter((text) => glob(text) !== means(pattern, text));
      expect([pattern, wrong]).toEqual([pattern, []]);
    }
  });

  test.each([
    ['[ab]', 'a'],
    ['a.c', 'abc'],
    ['{a,b}', 'a'],
    ['\\*', '*'],
    ['a+', 'aa'],
  ])('has no special characters but two: %s does not fit %s, and fits itself', (pattern, text) => {
    expect(compileGlobs([pattern], 'exact')(text)).toBe(false);
    expect(compileGlobs([pattern], 'exact')(pattern)).toBe(true);
  });

  test.each([
    ['drop', 'DROP'],
    ['drop', 'ｄｒｏｐ'],
    ['file*', 'ﬁle'],
    ['secret', 'ſecret'],
    ['kelvin', '\u212Aelvin'],
    ['straße', 'STRASSE'],
  ])('read generously, finds %s in %s; read exactly, it does not', (pattern, text) => {
    expect(compileGlobs([pattern], 'generous')(text)).toBe(true);
    expect(compileGlobs([pattern], 'exact')(text)).toBe(false);
  });

  test('keeps its bound on hostile text', () => {
    const glob = compileGlobs(['*a*a*a*a*a*a*a*a*b', '*a?a?a?a*b', '*aaaaaaaaaaaaaaaaaaab'], 'generous');
    const started = performance.now();
    expect(glob('a'.repeat(1_000_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
