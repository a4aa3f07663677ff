import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip, gzipSync } from 'node:zlib';
import type { BodyDraft } from '../contract/entry.ts';
import { sha256 } from './canonical.ts';
import { decrypt, encrypt, type Encrypted, type RandomBytes } from './seal.ts';

/** A data key, and the id of the row that holds it wrapped. */
export interface DataKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** A body as it lies beside the log. Only commitment, type and size of it are in an entry. */
export interface SealedBody {
  readonly commitment: Buffer;
  readonly keyId: string;
  readonly encrypted: Encrypted;
  readonly mediaType: string;
  /** Bytes of the clear body. */
  readonly size: number;
}

const saltBytes = 32;
/** First byte of a packed body: how the rest is to be read. */
const asItIs = 0;
const gzipped = 1;
/** Below this, compressing costs a call more than the bytes cost the disk. */
const gzipFromBytes = 4 * 1024;
const gzipLevel = 1;
/** Up to here compressing takes less than a millisecond, and a thread would cost more than it saves. */
const inlineBytesMax = 64 * 1024;

/**
 * Commits to the bytes, compresses and encrypts them. The salt lies inside: destroying the key also takes away the
 * means to test a guess against the commitment.
 */
export async function sealBody(draft: BodyDraft, dataKey: DataKey, random: RandomBytes): Promise<SealedBody> {
  const salt = random(saltBytes);
  const commitment = commitTo(salt, draft.bytes);
  const packed = await pack(draft.bytes);
  return {
    commitment,
    keyId: dataKey.id,
    encrypted: encrypt(dataKey.key, Buffer.concat([salt, ...packed]), commitment, random),
    mediaType: draft.mediaType,
    size: draft.bytes.length,
  };
}

/** Throws when the stored bytes are not the ones that were committed to. */
export async function openBody(commitment: Buffer, encrypted: Encrypted, key: KeyObject): Promise<Buffer> {
  const plain = decrypt(key, encrypted, commitment);
  const bytes = await unpack(plain.subarray(saltBytes));
  if (!commitTo(plain.subarray(0, saltBytes), bytes).equals(commitment)) {
    throw new Error(`The body of ${commitment.toString('hex')} is not the one the ledger committed to.`);
  }
  return bytes;
}

/** SHA-256(salt ‖ bytes). */
export function commitTo(salt: Uint8Array, bytes: Uint8Array): Buffer {
  return sha256(Buffer.concat([salt, bytes]));
}

async function pack(bytes: Uint8Array): Promise<readonly [Buffer, Uint8Array]> {
  if (bytes.length < gzipFromBytes) return [Buffer.of(asItIs), bytes];
  const options = { level: gzipLevel };
  if (bytes.length <= inlineBytesMax) return [Buffer.of(gzipped), gzipSync(bytes, options)];
  return [Buffer.of(gzipped), await promisify<Uint8Array, typeof options, Buffer>(gzip)(bytes, options)];
}

async function unpack(packed: Buffer): Promise<Buffer> {
  const rest = packed.subarray(1);
  return packed[0] === asItIs ? rest : promisify<Uint8Array, Buffer>(gunzip)(rest);
}
