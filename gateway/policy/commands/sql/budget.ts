/**
 * What a parser may be given. Parsers of SQL are recursive and compiled to WASM: deep texts exhaust the stack, and runs of
 * operator characters take PostgreSQL's scanner time that grows with their square. All of this is about time only: an
 * estimate that is too low costs some milliseconds, and never lets anything pass unread.
 */
const tokensMax = 30_000;
/** Expressions within expressions; the parser's own stack lasts for about 1,500 subqueries. */
const depthMax = 2_000;
const operatorRunMax = 128;

const token = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[0-9][\w.]*|'[^']*'|"[^"]*"|[^\s\w]/g;
const runs = new RegExp(`[~!@#^&|\`?+\\-*/%<>=]{${operatorRunMax},}`, 'g');

/** They go on where a comma or an AND has ended everything else. */
const sticky = /^(union|intersect|except|join)$/i;

/** PURE. Why a text is too much for a parser; undefined: it is not. */
export function excessOf(text: string): string | undefined {
  for (const [run] of text.matchAll(runs)) {
    // Lines in banners are of one character, and cost nothing.
    if (run.replace(/([-*=#])\1+/g, '$1').length >= operatorRunMax) return 'a run of operators too long to be read';
  }
  if (text.length <= depthMax) return undefined;
  const found = text.match(token) ?? [];
  if (found.length > tokensMax) return 'a text of too many words to be read';
  return depthOf(found) > depthMax ? 'a text too deep to be read' : undefined;
}

interface Level {
  chain: number;
  sticky: number;
}

/** How deep a tree the tokens make at most, about. */
function depthOf(tokens: readonly string[]): number {
  const levels: Level[] = [{ chain: 0, sticky: 0 }];
  let outer = 0;
  let deepest = 0;
  for (const word of tokens) {
    const level = levels.at(-1);
    if (level === undefined) break;
    if (isOpening(word)) {
      outer += level.chain + level.sticky + 1;
      levels.push({ chain: 0, sticky: 0 });
    } else if (isClosing(word) && levels.length > 1) {
      levels.pop();
      const back = levels.at(-1) ?? level;
      outer -= back.chain + back.sticky + 1;
    } else if (word === ',' || /^(and|or)$/i.test(word)) level.chain = 0;
    else if (word === ';') level.chain = level.sticky = 0;
    else if (sticky.test(word)) level.sticky += 1;
    else level.chain += 1;
    const { chain, sticky: stuck } = levels.at(-1) ?? level;
    deepest = Math.max(deepest, outer + chain + stuck);
  }
  return deepest;
}

function isOpening(word: string): boolean {
  return word === '(' || word === '[' || /^case$/i.test(word);
}

function isClosing(word: string): boolean {
  return word === ')' || word === ']' || /^end$/i.test(word);
}
