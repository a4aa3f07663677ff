import { hash } from 'node:crypto';

/** Every string that JSON writes as it is; most are. */
const plainString = /^[ !#-[\]-~]*$/;

/** Canonical JSON (RFC 8785). Throws on what I-JSON cannot hold: NaN, Infinity, lone surrogates, cycles. */
export function canonicalText(value: unknown): string {
  const text = isCanonicalAsItIs(value) ? JSON.stringify(value) : serialize(value);
  if (text === undefined) throw new TypeError('Only JSON values have a canonical form; this value is undefined.');
  return text;
}

/** The same as UTF-8. */
export function canonicalBytes(value: unknown): Buffer {
  return Buffer.from(canonicalText(value), 'utf8');
}

/** SHA-256 over the canonical JSON of a value, in hex. */
export function canonicalDigest(value: unknown): string {
  return sha256(canonicalBytes(value)).toString('hex');
}

export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/**
 * Whether JSON.stringify writes the canonical form already: all keys are in order, and nothing is in it that only
 * {@link serialize} refuses. Entries of the ledger are drafted that way, and compiled code writes them in a third of
 * the time.
 */
function isCanonicalAsItIs(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || (Array.isArray(value) ? value.every(isCanonicalAsItIs) : isInOrder(value));
    default:
      return typeof value === 'boolean';
  }
}

function isInOrder(value: object): boolean {
  if ('toJSON' in value) return false;
  let last: string | undefined;
  for (const key in value) {
    if (last !== undefined && key <= last) return false;
    last = key;
    const member = (value as Record<string, unknown>)[key];
    if (!key.isWellFormed() || (member !== undefined && !isCanonicalAsItIs(member))) return false;
  }
  return true;
}

/**
 * Our own and not a package's, because each entry of the ledger is written by it: JSON.stringify cannot order keys, and
 * what can was half of an entry's cost. Numbers are what RFC 8785 took from JavaScript, and so is the order of keys: by
 * UTF-16 units. Undefined: the value is none of JSON's.
 */
function serialize(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no form in JSON.`);
      return String(value === 0 ? 0 : value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : serializeObject(value);
    case 'bigint':
      throw new TypeError('A bigint has no form in JSON.');
    default:
      return undefined;
  }
}

/** A value in itself ends as a RangeError of the stack. */
function serializeObject(value: object): string | undefined {
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return serialize((value as { toJSON(): unknown }).toJSON());
  }
  if (Array.isArray(value)) return `[${value.map((item) => serialize(item) ?? 'null').join(',')}]`;
  let members = '';
  for (const key of Object.keys(value).sort()) {
    const written = serialize((value as Record<string, unknown>)[key]);
    if (written !== undefined) members += `${members === '' ? '' : ','}${quoted(key)}:${written}`;
  }
  return `{${members}}`;
}

function quoted(text: string): string {
  if (plainString.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError('A lone surrogate has no form in UTF-8.');
  return JSON.stringify(text);
}
