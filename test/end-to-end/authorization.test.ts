import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Client,
  ClientCredentialsProvider,
  PrivateKeyJwtProvider,
  StreamableHTTPClientTransport,
  type OAuthClientProvider,
} from '@modelcontextprotocol/client';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { authorizationConfig } from '../support/authorization-config.ts';
import { startGuardedServer, startPartner, type GuardedServer, type Partner } from '../support/partner.ts';
import { Product } from '../support/product.ts';

const product = new Product();
const { issuer, gateway } = product.world;
/** What the server behind these connections is called when a token is made out to it. */
const serverResource = `${gateway.url}/server-behind/mcp`;

let partner: Partner;
let server: GuardedServer;
let restoreConfig: () => Promise<void>;

beforeAll(async () => {
  partner = await startPartner(issuer.url);
  server = await startGuardedServer();
  const { issuers, connections, rules } = authorizationConfig({ issuer, partner, server, serverResource });
  restoreConfig = await product.configure((text) => {
    const before = parse(text) as { connections: object[]; rules: object[] };
    const after = { ...before, issuers, connections: [...before.connections, ...connections] };
    return stringify({ ...after, rules: [...before.rules, ...rules] });
  }, 'auth-told');
});

afterAll(async () => {
  await restoreConfig();
  partner.close();
  server.close();
});

const callBody = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { message: 'hi' } },
};

async function post(connection: string, token: string, body: object = callBody, headers: Record<string, string> = {}) {
  const response = await fetch(product.urlOf(connection), {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A token of the world's own issuer with these scopes, as a client that knows what it wants asks for it. */
async function tokenWith(connection: string, scope: string): Promise<string> {
  const { id, secret } = issuer.clients['ci-deployer'] ?? { id: '', secret: '' };
  const response = await fetch(issuer.tokenEndpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: product.urlOf(connection), scope }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** An unmodified client of the official SDK that gets its tokens by itself, and the scopes it got. */
async function withClient<T>(
  connection: string,
  provider: OAuthClientProvider,
  use: (client: Client, scopes: () => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(product.urlOf(connection)), { authProvider: provider }),
  );
  try {
    return await use(client, async () => decodeJwt((await provider.tokens())?.access_token ?? '')['scope']);
  } finally {
    await client.close();
  }
}

const keyedProvider = (options: { scope?: string } = {}) =>
  new PrivateKeyJwtProvider({
    clientId: 'ci-keyed',
    privateKey: { ...issuer.keyClients['ci-keyed']?.key },
    algorithm: 'ES256',
    expectedIssuer: issuer.url,
    ...options,
  });

describe('a client of the official SDK', () => {
  test('finds the issuer, signs in with its key and calls a tool, without a token to start with', async () => {
    const text = await withClient('everything', keyedProvider(), async (client) =>
      JSON.stringify(await client.callTool({ name: 'echo', arguments: { message: 'signed in by key' } })),
    );
    expect(text).toContain('signed in by key');
  });

  test('asks for the scope it is told to, and for more when a call needs more', async () => {
    await withClient('auth-scoped', keyedProvider(), async (client, scopes) => {
      expect(await scopes()).toBe('mcp:auth-scoped:read');
      expect((await client.listTools()).tools.length).toBeGreaterThan(0);
      expect(await scopes()).toBe('mcp:auth-scoped:read');
      const result = await client.callTool({ name: 'echo', arguments: { message: 'stepped up' } });
      expect(JSON.stringify(result)).toContain('stepped up');
      expect(await scopes()).toBe('mcp:auth-scoped:read mcp:auth-scoped:call');
    });
  });

  test('does the same with a secret', async () => {
    const { id = '', secret = '' } = issuer.clients['ci-deployer'] ?? {};
    const provider = new ClientCredentialsProvider({ clientId: id, clientSecret: secret, expectedIssuer: issuer.url });
    const text = await withClient('auth-scoped', provider, async (client) =>
      JSON.stringify(await client.callTool({ name: 'echo', arguments: { message: 'by secret' } })),
    );
    expect(text).toContain('by secret');
  });
});

describe('a connection that requires scopes', () => {
  const read = 'mcp:auth-scoped:read';
  const call = 'mcp:auth-scoped:call';
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  };

  test('says in its metadata and its challenge what to ask for', async () => {
    const metadata = await fetch(`${gateway.url}/.well-known/oauth-protected-resource/auth-scoped/mcp`);
    expect(await metadata.json()).toMatchObject({ resource: product.urlOf('auth-scoped'), scopes_supported: [read] });
    const { status, headers } = await post('auth-scoped', 'nonsense');
    expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringContaining(`scope="${call}"`)]);
  });

  test('lets everybody with a valid token greet it', async () => {
    const { status, text } = await post('auth-scoped', await tokenWith('auth-scoped', 'mcp:call'), initialize);
    expect([status, text]).toEqual([200, expect.stringContaining('protocolVersion')]);
  });

  test.each<[string, object, string]>([
    ['mcp:call', list, read],
    ['mcp:call', callBody, call],
    [read, callBody, call],
  ])('refuses a token with %s only, and says which scope is needed', async (scope, body, needed) => {
    const { status, headers, text } = await post('auth-scoped', await tokenWith('auth-scoped', scope), body);
    expect(status).toBe(403);
    const challenge = headers.get('www-authenticate') ?? '';
    expect(challenge).toMatch(/^Bearer error="insufficient_scope"/);
    expect(challenge).toContain(`scope="${needed}"`);
    expect(challenge).toContain('/.well-known/oauth-protected-resource/auth-scoped/mcp"');
    expect(JSON.parse(text)).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code: -31403 } });
  });

  test('refuses the stream of a session to a token that may not read', async () => {
    const token = await tokenWith('auth-scoped', 'mcp:call');
    const opened = await post('auth-scoped', token, initialize);
    const headers = {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      'mcp-session-id': opened.headers.get('mcp-session-id') ?? '',
    };
    expect((await fetch(product.urlOf('auth-scoped'), { headers })).status).toBe(403);
  });
});

describe('several issuers at once', () => {
  const job = { sub: 'repo:octo-org/app:ref:refs/heads/main', repository_owner: 'octo-org' };
  const told = () => product.urlOf('auth-told');

  test("admit a CI system's job beside the callers of the company", async () => {
    expect((await post('auth-told', await partner.sign({ ...job, aud: told() }))).text).toContain('it ran');
    expect((await post('auth-told', await product.token('ci-deployer', 'auth-told'))).text).toContain('it ran');
  });

  test('do not make a group of one a group of the other', async () => {
    const namesake = { ...job, repository_owner: 'deployers', aud: told() };
    const { status, text } = await post('auth-told', await partner.sign(namesake));
    expect([status, text]).toEqual([200, expect.stringContaining('"code":"blocked"')]);
  });

  test.each([
    ['of a repository that is none of ours', () => partner.sign({ ...job, repository_owner: 'x', aud: told() })],
    ['for another connection', () => partner.sign({ ...job, aud: product.urlOf('ops') })],
    ['in the name of the other issuer', () => partner.sign({ ...job, iss: issuer.url, aud: told() })],
  ])('do not admit a job %s', async (_what, token) => {
    expect((await post('auth-told', await token())).status).toBe(401);
  });
});

describe('the server behind a connection', () => {
  test('gets a token that the gateway got with its key, made out to it', async () => {
    const keys = createRemoteJWKSet(new URL(`${issuer.url}/jwks`));
    server.guard(async ({ authorization = '' }) => {
      const options = { issuer: issuer.url, audience: serverResource };
      const verified = await jwtVerify(authorization.slice('Bearer '.length), keys, options).catch(() => undefined);
      return verified?.payload['client_id'] === 'ci-keyed';
    });
    expect((await post('auth-oauth', await product.token('ci-reader', 'auth-oauth'))).text).toContain('it ran');
  });

  test("gets a token for its caller, and never the caller's own", async () => {
    const token = await product.token('ci-reader', 'auth-exchanged');
    server.guard(({ authorization }) => Promise.resolve(authorization === 'Bearer exchanged-for-ci-reader'));
    expect((await post('auth-exchanged', token)).text).toContain('it ran');
    expect((await post('auth-exchanged', token)).text).toContain('it ran');
    expect(partner.tokenRequests).toHaveLength(1);
    const [request] = partner.tokenRequests;
    expect(request?.client).toBe('gateway:canary-of-the-gateway');
    expect(Object.fromEntries(request?.form ?? [])).toMatchObject({ subject_token: token, audience: 'server-behind' });
    expect(JSON.stringify(server.asked)).not.toContain(token);
  });

  test('is not asked when there is no token for it, and the caller reads that nothing ran', async () => {
    const before = server.asked.length;
    partner.failWith(503);
    const answer = await post('auth-exchanged', await product.token('ci-deployer', 'auth-exchanged'));
    partner.failWith(undefined);
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('"code":"unavailable"') });
    expect(server.asked).toHaveLength(before);
  });

  test('that refuses the gateway sends no caller for a new token', async () => {
    server.guard(() => Promise.resolve(false));
    const answer = await post('auth-told', await product.token('ci-deployer', 'auth-told'));
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('"code":"unavailable"') });
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });

  test('is told who calls, by a key it finds at the gateway, whatever the caller says of itself', async () => {
    const keys = createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`));
    server.guard(() => Promise.resolve(true));
    const forged = { 'x-caller-identity': 'forged' };
    const { text } = await post('auth-told', await product.token('ci-deployer', 'auth-told'), callBody, forged);
    expect(text).toContain('it ran');
    const told = String(server.asked.at(-1)?.['x-caller-identity']);
    const { payload } = await jwtVerify(told, keys, { issuer: gateway.url, audience: 'server-behind' });
    expect(payload).toMatchObject({
      sub: `${issuer.url}#ci-deployer`,
      groups: ['deployers'],
      call_id: expect.stringMatching(/^call_/),
    });
  });
});

test('neither log nor ledger hold a token or a secret of all this', async () => {
  const token = await product.token('ci-reader', 'auth-exchanged');
  server.guard(() => Promise.resolve(true));
  expect((await post('auth-exchanged', token)).text).toContain('it ran');
  const files = await readdir(product.world.logs, { recursive: true, withFileTypes: true });
  const logs = files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8'));
  const entries = await product.query('select e::text as text from ledger.entry e');
  const seen = [...(await Promise.all(logs)), ...entries.map(({ text }) => String(text))].join('\n');
  expect(seen).toContain('gateway is listening');
  const key = String(issuer.keyClients['ci-keyed']?.key.d);
  for (const secret of [token, 'canary-of-the-gateway', 'exchanged-for-', key]) expect(seen).not.toContain(secret);
});
