/**
 * A scanner for I-JSON (RFC 7493) over raw bytes. Where two parsers could read a text differently, policy could judge
 * one reading and the server act on the other; such a text is refused rather than repaired.
 *
 * Refuses - invalid UTF-8 and a byte order mark - duplicate keys, also when they differ only in escapes
 * - protocol keys in another case - arguments of a tool whose names differ only in case - lone surrogates
 * - nesting deeper than 64 - anything that is not one JSON value.
 */
export interface ScannedJson {
  readonly value: unknown;
  /** True when some number has digits that a double cannot hold: its text, not its value, is what counts. */
  readonly lossy: boolean;
  /** Byte-exact text of `params.arguments`, when there is one. */
  readonly argumentsText: string | undefined;
}

export class NotStrictJson extends Error {
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(`${reason} at character ${offset}`);
    this.offset = offset;
  }
}

const depthMax = 64;
const protocolKeys = new Set([
  'jsonrpc',
  'id',
  'method',
  'params',
  'result',
  'error',
  'name',
  'arguments',
  'uri',
  '_meta',
]);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const loneSurrogate = /\p{Surrogate}/u;

export function scanStrictJson(bytes: Uint8Array): ScannedJson {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new NotStrictJson('invalid UTF-8', 0);
  }
  const scanner = new Scanner(text);
  scanner.scan();
  return { value: JSON.parse(text), lossy: scanner.lossy, argumentsText: scanner.argumentsText };
}

class Scanner {
  lossy = false;
  argumentsText: string | undefined;
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): void {
    this.#skipSpace();
    this.#value(0, '');
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('text after the value');
  }

  /** `path` is known for the first two levels only, which is where protocol fields live. */
  #value(depth: number, path: string): void {
    if (depth > depthMax) this.#fail(`nesting deeper than ${depthMax}`);
    const start = this.#at;
    switch (this.#text[this.#at]) {
      case '{':
        this.#object(depth, path);
        break;
      case '[':
        this.#array(depth);
        break;
      case '"':
        this.#string();
        break;
      case 't':
        this.#word('true');
        break;
      case 'f':
        this.#word('false');
        break;
      case 'n':
        this.#word('null');
        break;
      default:
        this.#number();
    }
    if (path === '/params/arguments') this.argumentsText = this.#text.slice(start, this.#at);
  }

  #object(depth: number, path: string): void {
    const keys = new Set<string>();
    const folded = isReadWithoutCase(path) ? new Set<string>() : undefined;
    this.#at += 1;
    this.#skipSpace();
    if (this.#take('}')) return;
    do {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') this.#fail('a key must be a string');
      const key = this.#string();
      if (keys.has(key)) this.#fail('a duplicate key');
      if (folded !== undefined) this.#checkCase(key, path, folded);
      keys.add(key);
      this.#skipSpace();
      if (!this.#take(':')) this.#fail('a colon is missing');
      this.#skipSpace();
      this.#value(depth + 1, isProtocolLevel(path) ? `${path}/${key}` : '-');
      this.#skipSpace();
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail('an object does not end');
  }

  #checkCase(key: string, path: string, folded: Set<string>): void {
    const name = foldCase(key);
    if (isProtocolLevel(path) && key !== name && protocolKeys.has(name)) this.#fail('a protocol key in another case');
    if (folded.has(name)) this.#fail('two keys that differ only in case');
    folded.add(name);
  }

  #array(depth: number): void {
    this.#at += 1;
    this.#skipSpace();
    if (this.#take(']')) return;
    do {
      this.#skipSpace();
      this.#value(depth + 1, '-');
      this.#skipSpace();
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail('an array does not end');
  }

  #string(): string {
    const start = this.#at;
    for (let at = start + 1; ; at += 1) {
      const unit = this.#text.charCodeAt(at);
      if (Number.isNaN(unit)) this.#fail('a string does not end');
      if (unit === 0x22) {
        this.#at = at + 1;
        break;
      }
      if (unit < 0x20) this.#fail('a control character in a string');
      if (unit === 0x5c) at += 1;
    }
    const source = this.#text.slice(start, this.#at);
    if (!source.includes('\\')) return source.slice(1, -1);
    return this.#unescape(source, start);
  }

  #unescape(source: string, start: number): string {
    let value: string;
    try {
      value = JSON.parse(source) as string;
    } catch {
      throw new NotStrictJson('an invalid escape', start);
    }
    if (loneSurrogate.test(value)) throw new NotStrictJson('a lone surrogate', start);
    return value;
  }

  #number(): void {
    numberPattern.lastIndex = this.#at;
    const match = numberPattern.exec(this.#text);
    if (match === null) this.#fail('not a JSON value');
    this.#at = numberPattern.lastIndex;
    if (!isExact(match[0])) this.lossy = true;
  }

  #word(word: string): void {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('not a JSON value');
    this.#at += word.length;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at += 1;
    }
  }

  #fail(reason: string): never {
    throw new NotStrictJson(reason, this.#at);
  }
}

function isProtocolLevel(path: string): boolean {
  return path === '' || path === '/params';
}

/** Where servers written in some languages take a key of any case for the one they know (Go's encoding/json). */
function isReadWithoutCase(path: string): boolean {
  return isProtocolLevel(path) || path === '/params/arguments';
}

/** Upper case first: the long s and the Kelvin sign are then the letters that such servers take them for. */
function foldCase(key: string): string {
  return key.toUpperCase().toLowerCase();
}

/** Whether a double says the same as the text: integers up to 2^53, and decimals of at most 15 digits. */
function isExact(source: string): boolean {
  const value = Number(source);
  if (!Number.isFinite(value)) return false;
  if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value);
  return (
    source
      .replace(/[eE].*$/, '')
      .replace(/\D/g, '')
      .replace(/^0+/, '').length <= 15
  );
}
