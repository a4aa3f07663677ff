import { describe, expect, it } from 'vitest';
import {
  concealText,
  escapeEntities,
  findTricks,
  fitText,
  revealLine,
  revealText,
  splitText,
} from '../../../../slack-app/render/safe-text.ts';
import { hostileTexts } from '../fixtures.ts';

const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u;

describe('safe text', () => {
  it('shows what was hidden, by its code point', () => {
    expect(revealLine('pay\u202Etxt.exe')).toBe('pay⟦U+202E⟧txt.exe');
    expect(revealLine('a\u200Bb\u{E0041}c\u00AD')).toBe('a⟦U+200B⟧b⟦U+E0041⟧c⟦U+00AD⟧');
    expect(revealLine('one\ntwo\tthree')).toBe('one⟦U+000A⟧two⟦U+0009⟧three');
    expect(revealText('one\ntwo\r')).toBe('one\ntwo⟦U+000D⟧');
  });

  it('cannot be imitated by text that already looks like an escape', () => {
    expect(revealLine('⟦U+202E⟧')).toBe('⟦U+27E6⟧U+202E⟧');
    expect(concealText(revealLine('⟦U+202E⟧'))).toBe('⟦U+202E⟧');
  });

  it('decodes back to the exact input and leaves nothing invisible', () => {
    for (const text of hostileTexts(400, 300)) {
      expect(concealText(revealLine(text))).toBe(text);
      expect(concealText(revealText(text))).toBe(text);
      expect(invisible.test(revealLine(text))).toBe(false);
      expect(invisible.test(revealText(text).replaceAll('\n', ''))).toBe(false);
    }
  });

  it('splits without losing anything, breaking an escape or passing the limit', () => {
    for (const text of hostileTexts(200, 400)) {
      const shown = revealText(text);
      const pieces = splitText(shown, 40);
      expect(pieces.join('')).toBe(shown);
      expect(pieces.every((piece) => piece.length <= 40 && piece !== '')).toBe(true);
      expect(pieces.map(concealText).join('')).toBe(text);
    }
  });

  it('says when it had to cut', () => {
    expect(fitText('short', 40)).toEqual({ text: 'short', complete: true });
    const cut = fitText('x'.repeat(100), 40);
    expect(cut.complete).toBe(false);
    expect(cut.text.length).toBeLessThanOrEqual(40);
    expect(cut.text).toContain('not shown in full');
  });

  it('escapes the characters that Slack reads as markup', () => {
    expect(escapeEntities('<!channel> & <https://x|Approve here>')).toBe(
      '&lt;!channel&gt; &amp; &lt;https://x|Approve here&gt;',
    );
  });

  it('warns of hidden characters, mixed scripts and imitated letters, and of nothing in plain text', () => {
    expect(findTricks('{\n  "service": "billing", "price": "5 € – net…"\n}')).toEqual([]);
    expect(findTricks('a\u200Bb')[0]).toContain('1 hidden');
    expect(findTricks('раypal')).toEqual(['letters of different scripts mixed in one word']);
    expect(findTricks('ｄｒｏｐ')).toEqual(['letters or digits in a form that imitates plain ones']);
  });
});
