import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TokenVerifier } from '../../../../gateway/authenticate/bearer-token.ts';

const issuer = 'https://idp.example';
const audience = 'https://mcp.example.com/ops/mcp';
const startMs = Date.parse('2026-01-01T00:00:00Z');
const hourMs = 3_600_000;
/** How long a set of keys is used without asking for it again. */
const keysCacheMs = 10 * 60_000;

/** What becomes of the next requests to the issuer. */
let fate: 'answers' | 'no such name' | 'hangs' | 'says nonsense';
let asked: number;
let keys: JWK[];
let key: CryptoKey;
let verifier: TokenVerifier;

beforeEach(async () => {
  vi.useFakeTimers({ now: startMs, toFake: ['Date'] });
  fate = 'answers';
  asked = 0;
  key = await publish('one');
  verifier = new TokenVerifier({ now: () => new Date(), fetch: askIssuer });
});
afterEach(() => {
  vi.useRealTimers();
});

async function askIssuer(url: string | URL | Request, { signal }: RequestInit = {}): Promise<Response> {
  asked += 1;
  if (fate === 'no such name') throw new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } });
  if (fate === 'says nonsense') return new Response('<html>', { status: 200 });
  if (fate === 'hangs') {
    return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
  }
  const isDiscovery = String(url instanceof Request ? url.url : url).endsWith('openid-configuration');
  return Response.json(isDiscovery ? { issuer, jwks_uri: `${issuer}/jwks` } : { keys });
}

async function publish(kid: string): Promise<CryptoKey> {
  const pair = await generateKeyPair('ES256');
  keys = [{ ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' }];
  return pair.privateKey;
}

/** A new token each time, valid for half an hour from when it is made. */
let tokens = 0;
function sign(kid = 'one', signer = key): Promise<string> {
  tokens += 1;
  return new SignJWT({ iss: issuer, sub: `ci-${tokens}`, aud: audience })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('30m')
    .sign(signer);
}

const jump = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
const verify = async (token: string): Promise<void> => void (await verifier.verify(token, [{ issuer }], audience));
const refusal = (detail: string) => ({ code: 'TOKEN_INVALID', message: expect.stringContaining(detail) });

describe('an issuer whose name cannot be resolved', () => {
  test('leaves its known keys in force within their cache time, also under a new configuration; then it is 401', async () => {
    await verify(await sign());
    fate = 'no such name';
    await verify(await sign());
    verifier.forget();
    await verify(await sign());
    jump(keysCacheMs + 1_000);
    await expect(verify(await sign())).rejects.toMatchObject(refusal('its issuer cannot be reached'));
  });

  test('is asked again by the next caller, and believed as soon as it answers', async () => {
    fate = 'no such name';
    await expect(verify(await sign())).rejects.toMatchObject(refusal('its issuer cannot be reached'));
    fate = 'answers';
    await verify(await sign());
  });

  test('whose configuration changed meanwhile is not believed by the keys it had', async () => {
    await verify(await sign());
    fate = 'no such name';
    const moved = [{ issuer, jwksUri: 'https://elsewhere.example/jwks' }];
    await expect(verifier.verify(await sign(), moved, audience)).rejects.toMatchObject(refusal('cannot be reached'));
  });
});

describe('an issuer that hangs or says nonsense', () => {
  test('is asked once for a crowd of callers, and each of them is told within its five seconds', async () => {
    fate = 'hangs';
    const crowd = await Promise.all(Array.from({ length: 200 }, () => sign()));
    const began = performance.now();
    const told = await Promise.allSettled(crowd.map(verify));
    expect(performance.now() - began).toBeLessThan(5_000 + 1_000);
    for (const each of told) expect(each).toMatchObject({ status: 'rejected', reason: refusal('cannot be reached') });
    expect(asked).toBe(1);
  }, 10_000);

  test('is named as the reason, and not the token', async () => {
    await verify(await sign());
    jump(keysCacheMs + 1_000);
    fate = 'says nonsense';
    await expect(verify(await sign())).rejects.toMatchObject(refusal('the keys of its issuer cannot be had'));
  });
});

describe('a clock that jumps an hour', () => {
  test('ahead ends what has expired by it, and takes what is made afterwards', async () => {
    const before = await sign();
    await verify(before);
    jump(hourMs);
    await expect(verify(before)).rejects.toMatchObject(refusal('it has expired'));
    await verify(await sign());
  });

  test('back refuses what is not valid yet, and finds a new key without waiting for the hour to pass', async () => {
    await verify(await sign());
    jump(-hourMs);
    const next = await publish('two');
    await verify(await sign('two', next));
    jump(hourMs);
    const early = await sign('two', next);
    jump(-hourMs);
    await expect(verify(early)).rejects.toMatchObject(refusal('nbf'));
  });
});
