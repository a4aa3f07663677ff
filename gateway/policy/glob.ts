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
 * for one UTF-16 unit. Nothing else is special, so that a path, a query or a bracket in a rule means itself. Matching
 * never backtracks over more than the last `*`: its time is bounded by the product of the two lengths, whatever a caller
 * sends.
 */
export function compileGlobs(patterns: readonly string[], reading: Reading): Glob {
  if (reading === 'exact') return (text) => patterns.some((pattern) => matches(pattern, text));
  const folded = patterns.map(fold);
  return (text) => {
    const foldedText = fold(text);
    return folded.some((pattern) => matches(pattern, foldedText));
  };
}

/** Upper case first: it joins letters that lower case alone keeps apart, such as `ſ` and `s`. */
function fold(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase();
}

function matches(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern;
      starAt = at;
      inPattern += 1;
    } else if (pattern[inPattern] === '?' || pattern[inPattern] === text[at]) {
      inPattern += 1;
      at += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}
