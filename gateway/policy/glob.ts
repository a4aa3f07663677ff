/** Whether a whole text fits. */
export type Glob = (text: string) => boolean;

/**
 * How a text is compared. `exact`: as it is written. `generous`: letters without case, and compatibility forms (NFKC)
 * as what they stand for, so that `ＤＲＯＰ` reads like `drop`. Zero-width characters and look-alikes of other scripts
 * stay what they are under both.
 */
export type Reading = 'exact' | 'generous';

/**
 * Compiles globs of which one must fit. `*` stands for any run of characters, line breaks and slashes included, and `?`
 * for one UTF-16 unit. Nothing else is special, so that a path, a query or a bracket in a rule means itself. The pieces
 * between stars are looked for from left to right, each once: time is bounded by the product of the two lengths,
 * whatever a caller sends.
 */
export function compileGlobs(patterns: readonly string[], reading: Reading): Glob {
  if (reading === 'exact') {
    const globs = patterns.map(compileGlob);
    return (text) => globs.some((glob) => glob(text));
  }
  const globs = patterns.map((pattern) => compileGlob(fold(pattern)));
  return (text) => {
    const folded = fold(text);
    return globs.some((glob) => glob(folded));
  };
}

/**
 * The one spelling of all that read alike generously. Upper case first: it joins letters that lower case alone keeps
 * apart, such as `ſ` and `s`.
 */
export function fold(text: string): string {
  return beyondAscii.test(text) ? text.normalize('NFKC').toUpperCase().toLowerCase() : text.toLowerCase();
}

const beyondAscii = /[\u0080-\uffff]/;

function compileGlob(pattern: string): Glob {
  const pieces = pattern.split('*');
  const head = pieces.shift() ?? '';
  const tail = pieces.pop();
  if (tail === undefined) return (text) => text.length === head.length && fitsAt(text, head, 0);
  const middle = pieces.filter((piece) => piece !== '');
  return (text) => {
    const end = text.length - tail.length;
    if (end < head.length || !fitsAt(text, head, 0) || !fitsAt(text, tail, end)) return false;
    let at = head.length;
    for (const piece of middle) {
      const found = find(text, piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= end;
  };
}

/**
 * What every text that fits one of the globs is, folded, or begins with, with a star behind it then. Undefined: it may
 * begin with anything.
 */
export function outlinesOf(patterns: readonly string[]): readonly string[] | undefined {
  // Folding may bring a star to light: a rule that restricts reads `＊` as one.
  const outlines = patterns.map((pattern) => fold(pattern).replace(/[*?].*$/s, '*'));
  return outlines.includes('*') ? undefined : [...new Set(outlines)];
}

/** Of other texts, the beginning may be folded into something else than it is by itself, such as `e` before an accent. */
export function isFoldedBitByBit(text: string): boolean {
  return !beyondAscii.test(text);
}

function find(text: string, piece: string, from: number): number {
  if (!piece.includes('?')) return text.indexOf(piece, from);
  for (let at = from; at + piece.length <= text.length; at += 1) if (fitsAt(text, piece, at)) return at;
  return -1;
}

function fitsAt(text: string, piece: string, at: number): boolean {
  if (!piece.includes('?')) return text.startsWith(piece, at);
  for (let index = 0; index < piece.length; index += 1) {
    if (piece[index] !== '?' && piece[index] !== text[at + index]) return false;
  }
  return true;
}
