import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TokenVerifier } from '../../../../gateway/authenticate/bearer-token.ts';
import type { Issuer } from '../../../../gateway/config/schema.ts';
import { createAuthority } from '../../../support/certificates.ts';

const audience = 'https://mcp.example.com/ops/mcp';
const authority = createAuthority('cluster');
const bearer = 'token-of-the-gateway';
const nowSeconds = Date.parse('2026-01-01T00:00:00Z') / 1_000;

let server: Server;
let url: string;
let key: CryptoKey;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' };
  server = createServer(authority.issue('issuer'), (request, response) => {
    if (request.headers.authorization !== `Bearer ${bearer}`) return response.writeHead(403).end();
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    return response.end(JSON.stringify(isDiscovery ? { issuer: url, jwks_uri: `${url}/keys` } : { keys: [jwk] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function verify(issuer: Omit<Issuer, 'issuer'>) {
  const verifier = new TokenVerifier({ now: () => new Date(nowSeconds * 1_000), fetch });
  const token = await new SignJWT({ iss: url, sub: 's', aud: audience, exp: nowSeconds + 60 })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .sign(key);
  return verifier.verify(token, [{ issuer: url, ...issuer }], audience);
}

describe('the keys of an issuer with a CA of its own', () => {
  test('are read with its CA and the token it wants', async () => {
    expect((await verify({ ca: authority.cert, bearer })).caller.subject).toBe('s');
  });

  test('are read at the place that is configured', async () => {
    expect((await verify({ ca: authority.cert, bearer, jwksUri: `${url}/keys` })).caller.subject).toBe('s');
  });

  test.each<[string, () => Omit<Issuer, 'issuer'>]>([
    ['without its CA', () => ({ bearer })],
    ['with the CA of somebody else', () => ({ ca: createAuthority('cluster').cert, bearer })],
    ['without the token it wants', () => ({ ca: authority.cert })],
  ])('are not believed %s', async (_what, issuer) => {
    await expect(verify(issuer())).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
      message: expect.stringContaining('its issuer cannot be reached'),
    });
  });
});
