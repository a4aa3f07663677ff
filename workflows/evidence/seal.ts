import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';

export type RandomBytes = (size: number) => Buffer;

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/** First byte of sealed bytes, so that another algorithm can be told apart later. */
const sealVersion = 1;

/** AES-256-GCM output: `bytes` is the ciphertext followed by its 16-byte tag. */
export interface Encrypted {
  readonly nonce: Buffer;
  readonly bytes: Buffer;
}

/** Encrypts under a fresh random nonce. `context` is authenticated: it must be given again to decrypt. */
export function encrypt(key: KeyObject, plain: Uint8Array, context: Uint8Array, random: RandomBytes): Encrypted {
  const nonce = random(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(context);
  return { nonce, bytes: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
}

/** Throws when key, context or bytes are not the ones of the encryption. */
export function decrypt(key: KeyObject, { nonce, bytes }: Encrypted, context: Uint8Array): Buffer {
  if (bytes.length < tagBytes) throw new RangeError('The ciphertext is shorter than its tag.');
  const tagAt = bytes.length - tagBytes;
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
    .setAAD(context)
    .setAuthTag(bytes.subarray(tagAt));
  return Buffer.concat([decipher.update(bytes.subarray(0, tagAt)), decipher.final()]);
}

/**
 * Seals small bytes, such as a data key, into one value: version, nonce, ciphertext, tag. `context` names what the
 * bytes belong to, so that a sealed value cannot be moved to another row.
 */
export function seal(key: KeyObject, plain: Uint8Array, context: string, random: RandomBytes = randomBytes): Buffer {
  const { nonce, bytes } = encrypt(key, plain, Buffer.from(context), random);
  return Buffer.concat([Buffer.of(sealVersion), nonce, bytes]);
}

/** Throws when the value was altered, or sealed under another key or for another context. */
export function unseal(key: KeyObject, sealed: Uint8Array, context: string): Buffer {
  const bytes = Buffer.from(sealed);
  if (bytes[0] !== sealVersion) throw new RangeError('The sealed value has an unknown version.');
  const [nonce, ciphertext] = [bytes.subarray(1, 1 + nonceBytes), bytes.subarray(1 + nonceBytes)];
  return decrypt(key, { nonce, bytes: ciphertext }, Buffer.from(context));
}
