import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { bearerTokenOf, TokenVerifier } from '../../../../gateway/authenticate/bearer-token.ts';

const audience = 'https://mcp.example.com/ops/mcp';
const startMs = Date.parse('2026-01-01T00:00:00Z');

let server: Server;
let issuer: string;
let keys: JWK[] = [];
let key: CryptoKey;
let nowMs: number;
let verifier: TokenVerifier;

beforeAll(async () => {
  server = createServer((request, response) => {
    const discovery = request.url === '/.well-known/openid-configuration';
    response.end(JSON.stringify(discovery ? { issuer, jwks_uri: `${issuer}/jwks` } : { keys }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

beforeEach(async () => {
  key = await rotateTo('one');
  nowMs = startMs;
  verifier = new TokenVerifier({ now: () => new Date(nowMs), fetch });
});

async function rotateTo(kid: string): Promise<CryptoKey> {
  const pair = await generateKeyPair('ES256');
  keys = [{ ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' }];
  return pair.privateKey;
}

interface TokenChanges {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, string>;
}

function sign(signer: CryptoKey | Uint8Array, { claims = {}, header = {} }: TokenChanges = {}): Promise<string> {
  const seconds = startMs / 1_000;
  return new SignJWT({ iss: issuer, sub: 'ci', aud: audience, exp: seconds + 60, groups: ['deployers'], ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'at+jwt', ...header })
    .sign(signer);
}

const verify = async (token: string) => (await verifier.verify(token, [{ issuer }], audience)).caller;

describe('an access token', () => {
  test('names its caller, with groups, owner and everyone it acts for', async () => {
    const claims = { owner: 'o@example.com', act: { sub: 'agent', act: { sub: 'planner' } } };
    expect(await verify(await sign(key, { claims }))).toEqual({
      issuer,
      subject: 'ci',
      groups: ['deployers'],
      owner: 'o@example.com',
      actors: ['agent', 'planner'],
    });
  });

  test.each<[string, TokenChanges, string]>([
    ['for another audience', { claims: { aud: 'https://mcp.example.com/other/mcp' } }, 'aud'],
    ['that has expired', { claims: { exp: startMs / 1_000 - 60 } }, 'expired'],
    ['that is not valid yet', { claims: { nbf: startMs / 1_000 + 60 } }, 'nbf'],
    ['of another issuer', { claims: { iss: 'https://elsewhere.example' } }, 'issuer is not trusted'],
    ['without a subject', { claims: { sub: undefined } }, 'sub'],
    ['that is an ID token by its type', { header: { typ: 'id+jwt' } }, 'not an access token'],
    ['signed by a key nobody published', { header: { kid: 'two' } }, 'signature'],
  ])('%s is refused', async (_name, changes, detail) => {
    await expect(verify(await sign(key, changes))).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
      message: expect.stringContaining(detail),
    });
  });

  test('signed with a shared secret is refused, whatever its header says', async () => {
    const forged = await sign(Buffer.alloc(32, 1), { header: { alg: 'HS256' } });
    await expect(verify(forged)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test('is believed until it expires and not a moment longer, also when it was verified before', async () => {
    const token = await sign(key);
    await verify(token);
    nowMs += 59_000;
    await verify(token);
    nowMs += 7_000;
    await expect(verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test('signed by a new key is accepted once the issuer publishes it', async () => {
    await verify(await sign(key));
    const next = await rotateTo('two');
    const token = await sign(next, { header: { kid: 'two' } });
    expect((await eventually('the new key is known', () => verify(token), 8_000)).subject).toBe('ci');
  }, 10_000);

  test('of an issuer that cannot be reached is refused, and asked for again the next time', async () => {
    let reachable = false;
    const flaky = new TokenVerifier({
      now: () => new Date(nowMs),
      fetch: (...args) => (reachable ? fetch(...args) : Promise.reject(new Error('no route'))),
    });
    const token = await sign(key);
    await expect(flaky.verify(token, [{ issuer }], audience)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    reachable = true;
    expect((await flaky.verify(token, [{ issuer }], audience)).caller.subject).toBe('ci');
  });
});

describe('the Authorization header', () => {
  test.each([undefined, '', 'Basic abc', 'Bearer', 'Bearer two words'])(
    'without a bearer token (%s) is refused',
    (value) => {
      const connection = { name: 'ops' } as Parameters<typeof bearerTokenOf>[0];
      expect(() => bearerTokenOf(connection, value)).toThrow('Send an access token');
    },
  );
});
