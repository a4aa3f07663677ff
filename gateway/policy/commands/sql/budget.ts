import type { Dialect } from '../command.ts';

/**
 * What a parser may be given. Parsers of SQL are recursive and compiled to WASM: a deep tree takes their stack, and runs
 * of operator characters take PostgreSQL's scanner time that grows with their square. All of this is about time only: an
 * estimate that is too low costs some milliseconds, and never lets anything pass unread.
 */
interface Budget {
  /** Shorter texts cannot be too much. In UTF-16 units. */
  readonly trifle: number;
  readonly tokensMax: number;
  /** Of expressions within expressions, as far as it can be told from the tokens. */
  readonly depthMax: number;
  /** What makes a tree deeper, each time it comes. */
  readonly deepens: RegExp;
  /** What ends that. A comma always does. */
  readonly ends: RegExp;
  /** What a comma does not end. */
  readonly stays: RegExp;
}

/** Its stack lasts for about 1,500 subqueries, and its trees of AND and OR are flat. */
const postgres: Budget = {
  trifle: 2_000,
  tokensMax: 20_000,
  depthMax: 2_000,
  deepens: /./,
  ends: /^(and|or)$/i,
  stays: /^(union|intersect|except|join)$/i,
};

/** sqlparser-ts has a stack for about 700 operators in a row, and five times the work with each token. */
const others: Budget = {
  trifle: 40,
  tokensMax: 8_000,
  depthMax: 400,
  deepens:
    /^([-+*/%=>!|&^~:[]|and|or|not|is|i?like|rlike|regexp|similar|between|in|any|all|some|collate|at|div|mod|xor|overlaps|prior|interval|case)$/i,
  ends: /^$/,
  stays: /^(<|union|intersect|except|minus)$/i,
};

/** sqlparser-ts takes some twenty statements within one another; the word of each that may hold one is counted. */
const holdersMax = 10;
const holders = /^(explain|describe|prepare|begin|while|loop|procedure|trigger|function)$/i;
/** These two are words of expressions as well, after what may end no statement. */
const perhapsHolders = /^(desc|if)$/i;
const amidExpression =
  /^([,(=<>+\-*/%|]|select|distinct|all|where|and|or|not|by|on|when|having|set|return|exists|in|values)$/i;

const operatorRunMax = 128;
const runs = new RegExp(`[~!@#^&|\`?+\\-*/%<>=]{${operatorRunMax},}`, 'g');
const token = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[0-9][\w.]*|'[^']*'|"[^"]*"|[^\s\w]/g;

/** PURE. Why a text is too much for the parser of its dialect; undefined: it is not. */
export function excessOf(dialect: Dialect, text: string): string | undefined {
  for (const [run] of text.matchAll(runs)) {
    // Lines in banners are of one character, and cost nothing.
    if (run.replace(/([-*=#])\1+/g, '$1').length >= operatorRunMax) return 'a run of operators too long to be read';
  }
  const budget = dialect === 'postgres' ? postgres : others;
  if (text.length <= budget.trifle) return undefined;
  const tokens = text.match(token) ?? [];
  if (tokens.length > budget.tokensMax) return 'a text of too many words to be read';
  if (dialect !== 'postgres' && holdersIn(tokens) > holdersMax) return 'a text too deep to be read';
  return depthOf(tokens, budget) > budget.depthMax ? 'a text too deep to be read' : undefined;
}

function holdersIn(tokens: readonly string[]): number {
  let count = 0;
  for (const [at, word] of tokens.entries()) {
    if (holders.test(word)) count += 1;
    else if (perhapsHolders.test(word)) {
      const before = tokens[at - 1] ?? ';';
      const begins = /^if$/i.test(word) ? !amidExpression.test(before) : /^(;|desc|explain|describe)$/i.test(before);
      if (begins) count += 1;
    }
  }
  return count;
}

interface Level {
  chain: number;
  stuck: number;
}

function depthOf(tokens: readonly string[], { deepens, ends, stays }: Budget): number {
  let level: Level = { chain: 0, stuck: 0 };
  const outer: Level[] = [];
  let above = 0;
  let deepest = 0;
  for (const word of tokens) {
    if (isOpening(word)) {
      above += level.chain + level.stuck + 1;
      outer.push(level);
      level = { chain: 0, stuck: 0 };
    } else if (isClosing(word)) {
      level = outer.pop() ?? level;
      above = Math.max(0, above - level.chain - level.stuck - 1);
    } else if (word === ';') level = { chain: 0, stuck: 0 };
    else if (stays.test(word)) level.stuck += 1;
    else if (word === ',' || ends.test(word)) level.chain = 0;
    else if (deepens.test(word)) level.chain += 1;
    deepest = Math.max(deepest, above + level.chain + level.stuck);
  }
  return deepest;
}

function isOpening(word: string): boolean {
  return word === '(' || word === '[' || /^case$/i.test(word);
}

function isClosing(word: string): boolean {
  return word === ')' || word === ']' || /^end$/i.test(word);
}
