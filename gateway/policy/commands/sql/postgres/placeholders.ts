import { scanTokens, type Token } from './parser.ts';

/** A text with its placeholders filled in for the parser. */
export interface Filled {
  readonly text: string;
  /** Something like `{{name}}` is filled in as text by somebody else, so what runs is not what was read. */
  readonly hasTemplates: boolean;
}

/** What stands between two places, in bytes of UTF-8, and the token that follows it. */
interface Placeholder {
  readonly from: number;
  readonly to: number;
  readonly next: number;
  readonly isTemplate: boolean;
}

/** Longer texts are not looked through: cutting them takes time. In UTF-16 units. */
const textLengthMax = 16_384;
/** A longer template is not looked for the end of. */
const templateTokensMax = 32;

/**
 * PURE. What drivers call parameters (`:name`, `%s`, `%(name)s`, `?`) and templates (`{{name}}`, `${name}`) is no SQL.
 * Each becomes `$1`, which PostgreSQL takes for a value and for nothing else. The tokens are those of PostgreSQL's own
 * scanner, so nothing in a literal or a comment is touched. Undefined: there are none.
 *
 * @throws NotSql when the text cannot be cut into tokens.
 */
export function fillPlaceholders(text: string): Filled | undefined {
  if (text.length > textLengthMax || !/[?:%{]/.test(text)) return undefined;
  const tokens = scanTokens(text);
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  let done = 0;
  let hasTemplates = false;
  for (let at = 0; at < tokens.length;) {
    const found = placeholderAt(tokens, at);
    at = found?.next ?? at + 1;
    if (found === undefined) continue;
    parts.push(bytes.subarray(done, found.from), Buffer.from(' $1 '));
    done = found.to;
    hasTemplates ||= found.isTemplate;
  }
  if (parts.length === 0) return undefined;
  return { text: Buffer.concat([...parts, bytes.subarray(done)]).toString(), hasTemplates };
}

function placeholderAt(tokens: readonly Token[], at: number): Placeholder | undefined {
  const first = tokens[at];
  if (first === undefined) return undefined;
  const parameter = (length: number): Placeholder => ({
    from: first.end - 1,
    to: tokens[at + length - 1]?.end ?? first.end,
    next: at + length,
    isTemplate: false,
  });
  // An operator may stand before it without a space: `=?`, `=%s`.
  switch (first.text.at(-1)) {
    case '?':
      return isOperator(first) ? parameter(1) : undefined;
    case ':':
      return isWord(joined(tokens, at, 1)) ? parameter(2) : undefined;
    case '%':
      if (!isOperator(first)) return undefined;
      if (joined(tokens, at, 1)?.text === 's') return parameter(2);
      return [1, 2, 3, 4]
        .map((step) => joined(tokens, at, step)?.text)
        .join('')
        .match(/^\(\w+\)s$/) === null
        ? undefined
        : parameter(5);
    case '{':
      return templateAt(tokens, at);
    default:
      return undefined;
  }
}

function templateAt(tokens: readonly Token[], at: number): Placeholder | undefined {
  const first = tokens[at];
  const before = tokens[at - 1];
  const isDouble = joined(tokens, at, 1)?.text === '{';
  for (let end = at + 1; end <= at + templateTokensMax; end += 1) {
    if (first === undefined || tokens[end]?.text !== '}') continue;
    const last = isDouble ? joined(tokens, end, 1) : tokens[end];
    if (last?.text !== '}') continue;
    const isMarked = before !== undefined && before.end === first.start && /^[$#]$/.test(before.text);
    const next = end + (isDouble ? 2 : 1);
    return { from: isMarked ? before.start : first.start, to: last.end, next, isTemplate: true };
  }
  return undefined;
}

/** The token so many steps on, when nothing stands between it and the one before it. */
function joined(tokens: readonly Token[], at: number, steps: number): Token | undefined {
  const token = tokens[at + steps];
  return token !== undefined && tokens[at + steps - 1]?.end === token.start ? token : undefined;
}

function isWord(token: Token | undefined): boolean {
  return token !== undefined && /^[A-Za-z_0-9]\w*$/.test(token.text);
}

function isOperator({ text }: Token): boolean {
  return /^[-+*/<>=~!@#%^&|`?]+$/.test(text);
}
