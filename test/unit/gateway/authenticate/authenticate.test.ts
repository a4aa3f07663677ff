import { describe, expect, test } from 'vitest';
import { identify, type AuthenticationParts } from '../../../../gateway/authenticate/authenticate.ts';
import type { Access } from '../../../../gateway/authenticate/access.ts';
import type { Config, Connection } from '../../../../gateway/config/config.ts';
import type { Issuer } from '../../../../gateway/config/schema.ts';

const caller = { issuer: 'https://idp.example.com', subject: 'ci', groups: [], actors: [] };
const issuers: readonly Issuer[] = [
  { issuer: 'https://idp.example.com' },
  { issuer: 'https://legacy.example.com', audience: 'api://countersign-{connection}' },
];

/** Parts whose verifier knows one token, and remembers what it was asked. */
function setUp(scopes: readonly string[] = []) {
  const asked: { issuers: readonly Issuer[]; audience: string }[] = [];
  const parts = {
    config: () => ({ publicUrl: 'https://mcp.example.com', issuers }) as Partial<Config>,
    tokens: {
      verify: (_token: string, trusted: readonly Issuer[], audience: string) => {
        asked.push({ issuers: trusted, audience });
        return Promise.resolve({ caller, scopes });
      },
    },
    sessions: { require: () => Promise.reject(new Error('nobody asked for a session')) },
  } as unknown as AuthenticationParts;
  const as = (connection: Partial<Connection>, access: Access, headers: Record<string, string>) =>
    identify(parts, { name: 'ops', scopes: 'ignored', ...connection } as Connection, headers, 'modern', access);
  return { as, asked };
}
const bearer = { authorization: 'Bearer token' };

describe('a caller', () => {
  test('is known by issuer and subject, from a token for this connection', async () => {
    const { as, asked } = setUp();
    expect(await as({}, 'call', bearer)).toMatchObject({ caller, principal: 'https://idp.example.com#ci' });
    expect(asked).toEqual([
      {
        audience: 'https://mcp.example.com/ops/mcp',
        issuers: [issuers[0], { issuer: 'https://legacy.example.com', audience: 'api://countersign-ops' }],
      },
    ]);
  });

  test('without a token is admitted where the connection admits such callers, under the name it gives them', async () => {
    const { as } = setUp();
    expect((await as({ anonymousAs: 'dev' }, 'call', {})).principal).toBe('anonymous#dev');
    await expect(as({}, 'call', {})).rejects.toMatchObject({ code: 'TOKEN_MISSING' });
  });

  test('with a token that does not reach is asked for more, and one that reaches is let in', async () => {
    const { as } = setUp(['mcp:ops:read']);
    const scoped = { scopes: 'required' } as const;
    await expect(as(scoped, 'call', bearer)).rejects.toMatchObject({
      code: 'SCOPE_INSUFFICIENT',
      headers: { 'www-authenticate': expect.stringContaining('scope="mcp:ops:call"') },
    });
    await expect(as(scoped, 'read', bearer)).resolves.toMatchObject({ caller });
    await expect(as({ ...scoped, name: 'other' }, 'read', bearer)).rejects.toMatchObject({
      code: 'SCOPE_INSUFFICIENT',
    });
  });
});
