import { createPrivateKey, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { seal, unseal, type RandomBytes } from './seal.ts';

/** Wraps data keys by a key that the database never sees: a local one here, a KMS elsewhere. */
export interface KeyWrapper {
  /** `context` is bound to the wrapped key and must be given again to unwrap it. */
  wrap(key: KeyObject, context: string): Promise<Buffer>;
  /** Throws when the wrapped key was altered, or was made by another wrapper or for another context. */
  unwrap(wrapped: Buffer, context: string): Promise<KeyObject>;
}

/** All keys of a deployment, derived from its root key. Key objects do not print their bytes. */
export interface KeyRing {
  readonly wrapper: KeyWrapper;
  /** HMAC-SHA-256 key of join keys: identical calls get equal workflow ids, and an id cannot be guessed. */
  readonly joinKey: KeyObject;
  /** AES-256-GCM key of the states that callers carry for the gateway. */
  readonly requestStateKey: KeyObject;
  /** AES-256-GCM key of the calls that wait as tasks. */
  readonly taskKey: KeyObject;
  /** Private Ed25519 key (RFC 8032) by which the gateway tells servers who calls. */
  readonly identityKey: KeyObject;
}

const keyBytes = 32;
/** The head of a PKCS #8 Ed25519 key (RFC 8410 section 7), which the 32 bytes of its seed follow. */
const ed25519Pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');
const base64Of32Bytes = /^[A-Za-z0-9+/]{43}=$/;

/** Reads the root key: one line, base64 of 32 bytes (`openssl rand -base64 32`). */
export function loadKeyRing(file: string): KeyRing {
  const text = readFileSync(file, 'utf8').trim();
  if (!base64Of32Bytes.test(text)) {
    throw new Error(`${file} does not hold a root key. Make one with: openssl rand -base64 32 > ${file}`);
  }
  return createKeyRing(Buffer.from(text, 'base64'));
}

/** `rootKey` is 32 random bytes. Every use has its own key (HKDF, RFC 5869). */
export function createKeyRing(rootKey: Uint8Array, random: RandomBytes = randomBytes): KeyRing {
  if (rootKey.length !== keyBytes) throw new RangeError(`A root key has ${keyBytes} bytes, not ${rootKey.length}.`);
  return {
    wrapper: createLocalWrapper(deriveKey(rootKey, 'countersign/key-encryption/v1'), random),
    joinKey: deriveKey(rootKey, 'countersign/join/v1'),
    requestStateKey: deriveKey(rootKey, 'countersign/request-state/v1'),
    taskKey: deriveKey(rootKey, 'countersign/task/v1'),
    identityKey: deriveSigningKey(rootKey, 'countersign/identity/v1'),
  };
}

function createLocalWrapper(keyEncryptionKey: KeyObject, random: RandomBytes): KeyWrapper {
  return {
    wrap: async (key, context) => seal(keyEncryptionKey, key.export(), context, random),
    unwrap: async (wrapped, context) => createSecretKey(unseal(keyEncryptionKey, wrapped, context)),
  };
}

function deriveKey(rootKey: Uint8Array, use: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', rootKey, Buffer.alloc(0), use, keyBytes)));
}

/** Any 32 bytes are the seed of an Ed25519 key, so all gateways with this root key sign alike. */
function deriveSigningKey(rootKey: Uint8Array, use: string): KeyObject {
  const der = Buffer.concat([ed25519Pkcs8Head, deriveKey(rootKey, use).export()]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}
