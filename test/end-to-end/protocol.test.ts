import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../support/caller.ts';
import { Product, unique } from '../support/product.ts';

const product = new Product();

async function post(connection: string, body: string | object, headers: Record<string, string> = {}) {
  return fetch(product.urlOf(connection), {
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };

describe('a caller without a valid token', () => {
  test('is challenged, and told where to look', async () => {
    const response = await post('ops', ping);
    expect(response.status).toBe(401);
    const challenge = response.headers.get('www-authenticate') ?? '';
    const url = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? '';
    const metadata = (await (await fetch(url)).json()) as { resource: string; authorization_servers: string[] };
    expect(metadata.resource).toBe(product.urlOf('ops'));
    expect(metadata.authorization_servers).toEqual([product.world.issuer.url]);
  });

  test.each([
    ['made out to another connection', async () => product.token('ci-deployer', 'everything')],
    ['that was altered', async () => `${(await product.token('ci-deployer', 'ops')).slice(0, -6)}AAAAAA`],
    ['that is no token', async () => 'nonsense'],
  ])('is refused with one %s', async (_name, token) => {
    const response = await post('ops', ping, bearer(await token()));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });
});

describe('a message', () => {
  test.each<[string, string, Record<string, string>, number]>([
    ['that is not JSON', '{', {}, 400],
    ['with a duplicate key', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', {}, 400],
    ['that is a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', {}, 400],
    ['whose id is null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', {}, 400],
    ['of another media type', JSON.stringify(ping), { 'content-type': 'text/plain' }, 415],
    ['that accepts no stream', JSON.stringify(ping), { accept: 'application/json' }, 406],
    ['from a page elsewhere', JSON.stringify(ping), { origin: 'https://evil.example' }, 403],
    ['to no connection we have', JSON.stringify(ping), { 'x-connection': 'nowhere' }, 404],
  ])('%s is refused', async (_name, body, headers, status) => {
    const token = await product.token('ci-deployer', 'ops');
    const response = await post(headers['x-connection'] ?? 'ops', body, { ...bearer(token), ...headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('json');
  });
});

describe('a legacy session', () => {
  const initialize = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  };

  test('belongs to the principal that opened it, and ends for everybody with DELETE', async () => {
    const [owner, stranger] = await Promise.all([
      product.token('ci-deployer', 'everything'),
      product.token('ci-reader', 'everything'),
    ]);
    const opened = await post('everything', initialize, bearer(owner));
    await opened.text();
    const session = {
      'mcp-session-id': opened.headers.get('mcp-session-id') ?? '',
      'mcp-protocol-version': '2025-11-25',
    };
    expect(session['mcp-session-id']).not.toBe('');
    const listAs = async (token: string) => {
      const response = await post(
        'everything',
        { jsonrpc: '2.0', id: 2, method: 'tools/list' },
        { ...bearer(token), ...session },
      );
      await response.text();
      return response.status;
    };
    expect(await listAs(owner)).toBe(200);
    expect(await listAs(stranger)).toBe(404);
    const end = await fetch(product.urlOf('everything'), {
      method: 'DELETE',
      headers: { ...bearer(owner), ...session },
    });
    expect(end.status).toBeLessThan(300);
    expect(await listAs(owner)).toBe(404);
  });

  test('has a stream of its own, which its server gives to the session only', async () => {
    const token = await product.token('ci-deployer', 'everything');
    const response = await fetch(product.urlOf('everything'), {
      headers: { ...bearer(token), accept: 'text/event-stream' },
    });
    expect(response.status).toBe(400);
  });
});

describe('an allowed call', () => {
  test('carries its answer through unchanged, in both eras, when there is nothing to mask', async () => {
    const [modern, legacy] = await Promise.all([
      product.caller('ci-reader', 'everything'),
      product.legacyCaller('ci-reader', 'everything'),
    ]);
    const message = unique('echo');
    for (const caller of [modern, legacy]) {
      expect(await caller.listTools()).toContain('echo');
      const result = await caller.call('echo', { message });
      expect(JSON.stringify(result.content)).toContain(message);
      expect(outcomeOf(result)).toBeUndefined();
      await caller.close();
    }
  });

  test('comes back masked, as text and as structure alike', async () => {
    const caller = await product.caller('ci-reader');
    const result = await caller.call('get_config', { service: 'payments' });
    const text = JSON.stringify(result);
    expect(text).toContain('[REDACTED:');
    expect(JSON.stringify(result.structuredContent)).toContain('[REDACTED:');
    expect(text).not.toMatch(/@(?!masked)[a-z]+\.(com|org|net)/);
    await caller.close();
  });

  test('streams its progress before its answer', async () => {
    const caller = await product.caller('ci-reader');
    const progress: (string | undefined)[] = [];
    const result = await caller.call(
      'read_logs',
      { service: 'payments', lines: 10 },
      { onProgress: (line) => progress.push(line) },
    );
    expect(result.isError).toBeFalsy();
    expect(progress.length).toBeGreaterThan(2);
    await caller.close();
  });

  test('is in the ledger, request and answer, before its caller has it', async () => {
    const caller = await product.caller('ci-reader', 'everything');
    const message = unique('recorded');
    await caller.call('echo', { message });
    const rows = await product.query<{ kind: string }>(
      `select kind from ledger.entry where call_id =
         (select call_id from ledger.entry where connection = 'everything' and tool = 'echo' order by seq desc limit 1)
       order by seq`,
    );
    expect(rows.map(({ kind }) => kind)).toEqual(['request.received', 'response.recorded']);
    await caller.close();
  });
});
