import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { TokenVerifier } from '../../../../gateway/authenticate/bearer-token.ts';
import type { Issuer } from '../../../../gateway/config/schema.ts';

const audience = 'https://mcp.example.com/ops/mcp';
const nowSeconds = Date.parse('2026-01-01T00:00:00Z') / 1_000;
const idp: Issuer = { issuer: 'https://idp.example.com' };
const ciUrl = 'https://ci.example.com';

/** Issuers by URL, each with a key of its own, and the network that shows their keys. */
const keys = new Map<string, { privateKey: CryptoKey; jwk: JWK }>();
const fetched: string[] = [];

async function network(input: Parameters<typeof fetch>[0]): Promise<Response> {
  const url = String(input instanceof Request ? input.url : input);
  fetched.push(url);
  const issuer = [...keys.keys()].find((known) => url.startsWith(`${known}/`));
  const jwk = keys.get(issuer ?? '')?.jwk;
  if (issuer === undefined || jwk === undefined) return new Response('', { status: 404 });
  const isDiscovery = url.endsWith('/.well-known/openid-configuration');
  return Response.json(isDiscovery ? { issuer, jwks_uri: `${issuer}/jwks` } : { keys: [jwk] });
}

let verifier: TokenVerifier;
beforeEach(async () => {
  fetched.length = 0;
  for (const url of [idp.issuer, ciUrl]) {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    // The same name for both keys: a name is the issuer's own affair and must not choose between issuers.
    keys.set(url, { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' } });
  }
  verifier = new TokenVerifier({ now: () => new Date(nowSeconds * 1_000), fetch: network });
});

function sign(signedBy: string, claims: Record<string, unknown>, header: Record<string, string> = {}) {
  const key = keys.get(signedBy)?.privateKey;
  if (key === undefined) throw new Error(`no key of ${signedBy}`);
  return new SignJWT({ iss: signedBy, sub: 'deploy', aud: audience, exp: nowSeconds + 60, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
    .sign(key);
}

describe('of two issuers', () => {
  const both: readonly Issuer[] = [idp, { issuer: ciUrl }];

  test('each vouches for its own callers, and equal subjects are two principals', async () => {
    const callers = await Promise.all(
      [idp.issuer, ciUrl].map(async (url) => (await verifier.verify(await sign(url, {}), both, audience)).caller),
    );
    expect(callers.map(({ issuer, subject }) => `${issuer}#${subject}`)).toEqual([
      'https://idp.example.com#deploy',
      'https://ci.example.com#deploy',
    ]);
  });

  test.each([
    [idp.issuer, ciUrl],
    [ciUrl, idp.issuer],
  ])('%s is not believed with a key of %s', async (named, signedBy) => {
    const forged = await sign(signedBy, { iss: named });
    await expect(verifier.verify(forged, both, audience)).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
      message: expect.stringContaining('signature'),
    });
  });

  test('neither is asked about a token of a third, nor does a token say where its keys are', async () => {
    const header = { jku: `${ciUrl}/jwks`, x5u: `${ciUrl}/cert` };
    const stranger = await sign(ciUrl, { iss: 'https://stranger.example.com' }, header);
    await expect(verifier.verify(stranger, both, audience)).rejects.toThrow('its issuer is not trusted here');
    expect(fetched).toEqual([]);
  });

  test('one that describes itself as the other is not believed', async () => {
    const impostor = new TokenVerifier({
      now: () => new Date(nowSeconds * 1_000),
      fetch: () => Promise.resolve(Response.json({ issuer: idp.issuer, jwks_uri: `${ciUrl}/jwks` })),
    });
    await expect(impostor.verify(await sign(ciUrl, {}), both, audience)).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    });
  });

  test('equal group names stay two groups when one has a prefix', async () => {
    const issuers = [idp, { issuer: ciUrl, groupPrefix: 'ci:' }];
    const groupsOf = async (url: string) => {
      const token = await sign(url, { groups: ['deployers'] });
      return (await verifier.verify(token, issuers, audience)).caller.groups;
    };
    expect([await groupsOf(idp.issuer), await groupsOf(ciUrl)]).toEqual([['deployers'], ['ci:deployers']]);
  });
});

describe("a CI system's token", () => {
  const ci: Issuer = {
    issuer: ciUrl,
    audience: 'countersign',
    claims: { groups: 'repository_owner', owner: 'actor' },
    require: { repository_owner: ['octo-org', 'octo-labs'], repository_visibility: 'private' },
  };
  const claims = {
    aud: 'countersign',
    sub: 'repo:octo-org/app:environment:production',
    repository_owner: 'octo-org',
    repository_visibility: 'private',
    actor: 'octocat',
  };
  const verify = async (changes: Record<string, unknown> = {}) =>
    (await verifier.verify(await sign(ciUrl, { ...claims, ...changes }, { typ: 'JWT' }), [idp, ci], audience)).caller;

  test('names its job, with the repository owner as its group', async () => {
    expect(await verify()).toEqual({
      issuer: ciUrl,
      subject: 'repo:octo-org/app:environment:production',
      groups: ['octo-org'],
      owner: 'octocat',
      actors: [],
    });
  });

  test.each([
    ['of a repository that is none of ours', { repository_owner: 'somebody' }, 'repository_owner claim'],
    ['whose owner only looks like ours', { repository_owner: 'octo-org-2' }, 'repository_owner claim'],
    ['that lacks what is required', { repository_visibility: undefined }, 'repository_visibility claim'],
    ['for the connection, when its issuer has an audience of its own', { aud: audience }, 'aud claim'],
  ])('%s is refused', async (_what, changes, message) => {
    await expect(verify(changes)).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
      message: expect.stringContaining(message),
    });
  });
});

describe("a cluster's service account", () => {
  const cluster: Issuer = {
    issuer: 'https://kubernetes.default.svc.cluster.local',
    jwksUri: 'https://cluster.example.com/openid/v1/jwks',
    claims: { groups: '/kubernetes.io/namespace', owner: '/kubernetes.io/serviceaccount/name' },
  };
  const claims = {
    iss: cluster.issuer,
    sub: 'system:serviceaccount:payments:deployer',
    aud: [audience, 'https://kubernetes.default.svc'],
    'kubernetes.io': { namespace: 'payments', serviceaccount: { name: 'deployer', uid: '1' } },
  };

  beforeEach(async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    keys.set('https://cluster.example.com', {
      privateKey,
      jwk: { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' },
    });
  });

  test('is known by the keys of its cluster, with its namespace as its group', async () => {
    const token = await sign('https://cluster.example.com', claims);
    expect((await verifier.verify(token, [idp, cluster], audience)).caller).toEqual({
      issuer: 'https://kubernetes.default.svc.cluster.local',
      subject: 'system:serviceaccount:payments:deployer',
      groups: ['payments'],
      owner: 'deployer',
      actors: [],
    });
    expect(fetched).toEqual(['https://cluster.example.com/openid/v1/jwks']);
  });

  test('has no group when the pointer leads nowhere', async () => {
    const token = await sign('https://cluster.example.com', { ...claims, 'kubernetes.io': 'payments' });
    expect((await verifier.verify(token, [cluster], audience)).caller.groups).toEqual([]);
  });
});
