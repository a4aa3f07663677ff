/** Whether a whole text fits. */
export type Glob = (text: string) => boolean;

/**
 * Compiles a glob in which `*` stands for any run of characters, line breaks and slashes included, and `?` for one.
 * Nothing else is special, so that a path, a query or a bracket in a rule means itself. Matching never backtracks over
 * more than the last `*`: its time is bounded by the product of the two lengths, whatever a caller sends.
 */
export function compileGlob(pattern: string, ignoreCase: boolean): Glob {
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
  return (text) => matches(wanted, ignoreCase ? text.toLowerCase() : text);
}

export function anyOf(globs: readonly Glob[]): Glob {
  return (text) => globs.some((glob) => glob(text));
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
