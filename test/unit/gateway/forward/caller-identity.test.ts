import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import type { Config, Connection } from '../../../../gateway/config/config.ts';
import { createIdentitySigner, type Sender } from '../../../../gateway/forward/caller-identity.ts';
import { createKeyRing } from '../../../../workflows/evidence/key-ring.ts';

const publicUrl = 'https://mcp.example.com';
const now = new Date('2026-01-01T00:00:00.900Z');
const signerOf = (rootKey: number) =>
  createIdentitySigner({
    key: createKeyRing(Buffer.alloc(32, rootKey)).identityKey,
    config: () => ({ publicUrl }) as Config,
    now: () => now,
    newTokenId: () => 'idt_1',
  });
const signer = signerOf(7);

const connectionWith = (audience?: string) =>
  ({
    upstream: { url: 'https://ops.internal/mcp', identity: { header: 'X-Caller', ...(audience && { audience }) } },
  }) as Connection;
const caller = {
  issuer: 'https://idp.example.com',
  subject: 'ci',
  groups: ['deployers'],
  actors: ['agent', 'planner'],
};
const sender: Sender = { callId: 'call_1', caller, headers: { authorization: 'Bearer canary' } };

function verify(token: string, audience: string, keys = signer.jwks) {
  return jwtVerify(token, createLocalJWKSet(keys), {
    issuer: publicUrl,
    audience,
    typ: 'countersign-identity+jwt',
    algorithms: ['EdDSA'],
    currentDate: now,
  });
}

describe('what a server is told of its caller', () => {
  test('is who calls, for whom and in which call, for one minute and this server only', async () => {
    const token = await signer.sign(connectionWith(), sender);
    const { payload } = await verify(token, 'https://ops.internal/mcp');
    const seconds = Date.parse('2026-01-01T00:00:00Z') / 1_000;
    expect(payload).toEqual({
      iss: publicUrl,
      aud: 'https://ops.internal/mcp',
      sub: 'https://idp.example.com#ci',
      caller: { issuer: 'https://idp.example.com', subject: 'ci' },
      groups: ['deployers'],
      act: { sub: 'agent', act: { sub: 'planner' } },
      call_id: 'call_1',
      jti: 'idt_1',
      iat: seconds,
      exp: seconds + 60,
    });
    await expect(verify(token, 'https://other.internal/mcp')).rejects.toThrow('"aud"');
  });

  test('names the audience of the configuration', async () => {
    const token = await signer.sign(connectionWith('ops-server'), sender);
    expect((await verify(token, 'ops-server')).payload.aud).toBe('ops-server');
  });

  test('speaks of no actor when nobody acts for the caller', async () => {
    const alone = { ...sender, caller: { ...caller, actors: [] } };
    const { payload } = await verify(await signer.sign(connectionWith('a'), alone), 'a');
    expect(payload).not.toHaveProperty('act');
  });

  test('is signed alike by all gateways of one root key, and by no other', async () => {
    const token = await signerOf(7).sign(connectionWith('a'), sender);
    await expect(verify(token, 'a')).resolves.toBeDefined();
    await expect(verify(token, 'a', signerOf(8).jwks)).rejects.toThrow('no applicable key');
  });
});

test('the published key is public', () => {
  expect(signer.jwks.keys).toEqual([
    { kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: expect.any(String), alg: 'EdDSA', use: 'sig' },
  ]);
});
