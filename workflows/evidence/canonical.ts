import { hash } from 'node:crypto';

/** Every string that JSON writes as it is; most are. */
const plainString = /^[ !#-[\]-~]*$/;

/** Canonical JSON (RFC 8785) as UTF-8. Throws on what I-JSON cannot hold: NaN, Infinity, lone surrogates, cycles. */
export function canonicalBytes(value: unknown): Buffer {
  const text = serialize(value);
  if (text === undefined) throw new TypeError('Only JSON values have a canonical form; this value is undefined.');
  return Buffer.from(text, 'utf8');
}

/** SHA-256 over the canonical JSON of a value, in hex. */
export function canonicalDigest(value: unknown): string {
  return sha256(canonicalBytes(value)).toString('hex');
}

export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
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
