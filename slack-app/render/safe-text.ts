/**
 * PURE. Untrusted text made safe to look at: everything invisible becomes visible, nothing is dropped, and the
 * result decodes back to the exact input. Only for showing; digests are always taken over the original bytes.
 */

/**
 * Control, format, private-use, unassigned and surrogate code points, separators and spaces other than U+0020,
 * everything Unicode lets a renderer ignore, the blank Braille cell, and our own opening bracket.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{DI}\u00A0\u1680\u2000-\u200A\u202F\u205F\u2800\u3000⟦]/gu;
const shown = /⟦U\+([0-9A-F]{4,6})⟧/gu;
const escapeOrCodePoint = /⟦U\+[0-9A-F]{4,6}⟧|[\s\S]/gu;

/** Shows hidden characters as `⟦U+202E⟧`, line breaks included: for facts that take one line. */
export function revealLine(text: string): string {
  return text.replaceAll(hidden, reveal);
}

/** The same, but keeps line feeds: for text that we have formatted in lines ourselves. */
export function revealText(text: string): string {
  return text.replaceAll(hidden, (char) => (char === '\n' ? char : reveal(char)));
}

function reveal(char: string): string {
  return `⟦U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟧`;
}

/** Undoes {@link revealLine} and {@link revealText}. */
export function concealText(text: string): string {
  return text.replaceAll(shown, (_escape, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

/** Cuts revealed text to `charsMax`, whole escapes only, and says so; `complete` is false when it did. */
export function fitText(text: string, charsMax: number): { readonly text: string; readonly complete: boolean } {
  if (text.length <= charsMax) return { text, complete: true };
  const mark = '… (not shown in full)';
  const [start = ''] = splitText(text, Math.max(charsMax - mark.length, 1));
  return { text: `${start}${mark}`.slice(0, charsMax), complete: false };
}

/** Splits revealed text into pieces of at most `charsMax` (at least 16) without breaking a code point or an escape. */
export function splitText(text: string, charsMax: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const [part] of text.matchAll(escapeOrCodePoint)) {
    if (piece.length + part.length > charsMax && piece !== '') {
      pieces.push(piece);
      piece = '';
    }
    piece += part;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/** Escapes the three characters that Slack reads as markup in a message's `text`. */
export function escapeEntities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What a person cannot see in the text even when it is shown: sentences for the card, empty when all is plain. */
export function findTricks(text: string): string[] {
  const found: string[] = [];
  const hiddenCount = [...text.matchAll(hidden)].filter(([char]) => char !== '\n' && char !== '⟦').length;
  if (hiddenCount > 0) found.push(`${hiddenCount} hidden or unusual characters, shown as ⟦U+…⟧`);
  const words = text.match(/[\p{L}\p{M}\p{N}_.-]+/gu) ?? [];
  if (words.some(mixesScripts)) found.push('letters of different scripts mixed in one word');
  if ([...text.matchAll(/[\p{L}\p{N}]/gu)].some(([char]) => char.normalize('NFKC') !== char.normalize('NFC'))) {
    found.push('letters or digits in a form that imitates plain ones');
  }
  return found;
}

function mixesScripts(word: string): boolean {
  const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u];
  return scripts.filter((script) => script.test(word)).length > 1;
}
