import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitTo, openBody, sealBody } from '../../../../workflows/evidence/body.ts';
import { createKeyRing, loadKeyRing } from '../../../../workflows/evidence/key-ring.ts';
import { seal, unseal } from '../../../../workflows/evidence/seal.ts';

const rootKey = Buffer.alloc(32, 7);
const keys = createKeyRing(rootKey);

describe('a body', () => {
  const dataKey = { id: 'k1', key: createSecretKey(randomBytes(32)) };

  test.each([0, 1, 64 * 1024, 64 * 1024 + 1])('of %i bytes comes back as it was', async (size) => {
    const bytes = randomBytes(size);
    const sealed = await sealBody({ bytes, mediaType: 'application/json' }, dataKey, randomBytes);
    expect(sealed).toMatchObject({ keyId: 'k1', mediaType: 'application/json', size });
    expect(await openBody(sealed.commitment, sealed.encrypted, dataKey.key)).toEqual(bytes);
  });

  test('is committed to by SHA-256 over salt and bytes', async () => {
    const salt = Buffer.alloc(32, 1);
    const random = (size: number): Buffer => (size === 32 ? salt : randomBytes(size));
    const sealed = await sealBody({ bytes: Buffer.from('abc'), mediaType: 'text/plain' }, dataKey, random);
    expect(sealed.commitment).toEqual(commitTo(salt, Buffer.from('abc')));
    // printf '\1%.0s' {1..32} | cat - <(printf abc) | sha256sum
    expect(sealed.commitment.toString('hex')).toBe('f138dfb92f2d15143be6aa75d8c22a848559e77362670c45c8ab5852fe23e081');
  });

  test('has another commitment each time, so that equal answers do not show', async () => {
    const draft = { bytes: Buffer.from('same'), mediaType: 'text/plain' };
    const [one, two] = await Promise.all([
      sealBody(draft, dataKey, randomBytes),
      sealBody(draft, dataKey, randomBytes),
    ]);
    expect(one.commitment.equals(two.commitment)).toBe(false);
  });

  test('does not open under the commitment of another body', async () => {
    const one = await sealBody({ bytes: Buffer.from('one'), mediaType: 'text/plain' }, dataKey, randomBytes);
    const two = await sealBody({ bytes: Buffer.from('two'), mediaType: 'text/plain' }, dataKey, randomBytes);
    await expect(openBody(one.commitment, two.encrypted, dataKey.key)).rejects.toThrow('authenticate');
  });
});

describe('a sealed value', () => {
  const plain = Buffer.from('{"host":"db-1"}');
  const otherKey = createSecretKey(Buffer.alloc(32, 9));

  test('opens with its key and context only', () => {
    const sealed = seal(keys.joinKey, plain, 'apr_1');
    expect(unseal(keys.joinKey, sealed, 'apr_1')).toEqual(plain);
    expect(() => unseal(keys.joinKey, sealed, 'apr_2')).toThrow('authenticate');
    expect(() => unseal(otherKey, sealed, 'apr_1')).toThrow('authenticate');
  });

  test('does not open when any byte of it was changed or cut', () => {
    const sealed = seal(keys.joinKey, plain, 'apr_1');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => unseal(keys.joinKey, changed, 'apr_1')).toThrow();
      expect(() => unseal(keys.joinKey, sealed.subarray(0, at), 'apr_1')).toThrow();
    }
  });
});

describe('the key ring', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(path.join(tmpdir(), 'countersign-keys-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is the same in every process that has the root key', async () => {
    const file = path.join(folder, 'root.key');
    await writeFile(file, `${rootKey.toString('base64')}\n`);
    const loaded = loadKeyRing(file);
    expect(loaded.joinKey.equals(keys.joinKey)).toBe(true);
    expect(unseal(loaded.joinKey, seal(keys.joinKey, Buffer.from('x'), 'c'), 'c').toString()).toBe('x');
  });

  test('derives its keys from the root key and never uses that itself', () => {
    expect(keys.joinKey.export().equals(rootKey)).toBe(false);
  });

  test('never prints a key', () => {
    const shown = inspect(keys, { depth: 9, showHidden: true }) + JSON.stringify(keys);
    for (const form of ['hex', 'base64'] as const) {
      expect(shown).not.toContain(keys.joinKey.export().toString(form));
      expect(shown).not.toContain(rootKey.toString(form));
    }
  });

  test('unwraps a data key under its own name only', async () => {
    const dataKey = createSecretKey(randomBytes(32));
    const wrapped = await keys.wrapper.wrap(dataKey, 'k1');
    expect((await keys.wrapper.unwrap(wrapped, 'k1')).equals(dataKey)).toBe(true);
    await expect(keys.wrapper.unwrap(wrapped, 'k2')).rejects.toThrow('authenticate');
    await expect(createKeyRing(Buffer.alloc(32, 8)).wrapper.unwrap(wrapped, 'k1')).rejects.toThrow('authenticate');
  });

  test.each(['', 'c2hvcnQ=', Buffer.alloc(33).toString('base64'), 'not base64 at all'])(
    'refuses a file that holds "%s", and says how to make one',
    async (text) => {
      const file = path.join(folder, 'bad.key');
      await writeFile(file, text);
      expect(() => loadKeyRing(file)).toThrow('openssl rand -base64 32');
    },
  );
});
