import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet, CompactSign, importJWK, type JSONWebKeySet, type JWK } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureKeyFiles, loadWorldSecrets } from '../../../../infra/dev/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-secrets-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

describe('secrets of a world', () => {
  it('are made once and stay', async () => {
    expect(loadWorldSecrets(folder)).toEqual(loadWorldSecrets(folder));
    const first = await ensureKeyFiles(folder);
    const key = readFileSync(first.decisionSigningKey, 'utf8');
    await ensureKeyFiles(folder);
    expect(readFileSync(first.decisionSigningKey, 'utf8')).toBe(key);
  });

  it('can be read by their owner only', async () => {
    loadWorldSecrets(folder);
    const files = await ensureKeyFiles(folder);
    for (const path of [...Object.values(files), join(folder, 'world.json')]) {
      expect(statSync(path).mode & 0o777, path).toBe(0o600);
    }
  });

  it('hold a root key of 32 bytes and a pair that fits, whose public half holds nothing private', async () => {
    const files = await ensureKeyFiles(folder);
    expect(Buffer.from(readFileSync(files.rootKey, 'utf8'), 'base64')).toHaveLength(32);
    const privateJwk = readJson(files.decisionSigningKey) as JWK;
    const published = readJson(files.decisionKeys) as JSONWebKeySet;
    expect(published.keys[0]).not.toHaveProperty('d');
    const header = { alg: 'EdDSA', kid: privateJwk.kid ?? '' };
    const key = await importJWK(privateJwk, 'EdDSA');
    const proof = await new CompactSign(new TextEncoder().encode('decided')).setProtectedHeader(header).sign(key);
    await expect(compactVerify(proof, createLocalJWKSet(published))).resolves.toBeDefined();
  });
});
