import { hash } from 'node:crypto';
import serialize from 'canonicalize';

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
