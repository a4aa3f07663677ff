import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createMcpEndpoint } from '../../infra/dev/ops-server/mcp-endpoint.ts';
import { provisionOps } from '../../infra/dev/ops-server/provision.ts';
import { createOpsServer } from '../../infra/dev/ops-server/server.ts';
import { openOpsStore, type Execution, type OpsStore } from '../../infra/dev/ops-server/store.ts';
import { createOpsMcpServer } from '../../infra/dev/ops-server/tools.ts';
import { connect, connectLegacy, type Caller } from '../support/caller.ts';

const token = 'test-token';
let store: OpsStore;
let server: Server;
let base = '';

beforeAll(async () => {
  const name = `ops_${randomBytes(4).toString('hex')}`;
  const admin = inject('postgresAdminUrl');
  const as = (user: string): string => {
    const url = new URL(admin);
    [url.username, url.password, url.pathname] = [user, 'a password', `/${name}`];
    return url.href;
  };
  const [owner, limited] = [as(`${name}_owner`), as(`${name}_sql`)];
  await provisionOps(admin, owner, limited);
  await provisionOps(admin, owner, limited);
  store = await openOpsStore(owner, limited);
  const endpoint = createMcpEndpoint(() => createOpsMcpServer(store));
  server = createOpsServer({ store, endpoint, token, onError: () => undefined });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await store.close();
});

const executions = async (): Promise<Execution[]> => (await (await fetch(`${base}/executions`)).json()) as Execution[];
const eras: [string, (url: string, token: string) => Promise<Caller>][] = [
  ['2026-07-28', connect],
  ['2025-11-25', connectLegacy],
];

describe.each(eras)('a client of %s', (_era, open) => {
  it('lists the five tools', async () => {
    const caller = await open(`${base}/mcp`, token);
    const tools = await caller.listTools();
    expect(tools.sort()).toEqual(['apply_config', 'get_config', 'read_logs', 'restart_service', 'run_sql']);
    await caller.close();
  });

  it('reads a configuration with secrets and a person in it, as text and structured', async () => {
    const caller = await open(`${base}/mcp`, token);
    const result = await caller.call('get_config', { service: 'payments' });
    expect(result.structuredContent).toMatchObject({ owner: { email: 'maria.keller@example.com' } });
    expect(JSON.stringify(result.content)).toContain('aws.secret_access_key');
    await caller.close();
  });

  it('counts every execution with the digest of its arguments', async () => {
    const caller = await open(`${base}/mcp`, token);
    const before = (await executions()).length;
    const change = { service: 'search', key: 'index.shards', value: '8' };
    await caller.call('apply_config', change);
    await caller.call('apply_config', { value: '8', service: 'search', key: 'index.shards' });
    const [first, second, ...more] = (await executions()).slice(before);
    expect(more).toEqual([]);
    expect(first?.tool).toBe('apply_config');
    expect(first?.argumentsDigest).toBe(second?.argumentsDigest);
    const config = await caller.call('get_config', { service: 'search' });
    expect(config.structuredContent).toMatchObject({ settings: { 'index.shards': '8' } });
    await caller.close();
  });

  it('reports progress that only grows while it reads logs', async () => {
    const caller = await open(`${base}/mcp`, token);
    const messages: (string | undefined)[] = [];
    const result = await caller.call(
      'read_logs',
      { service: 'search', lines: 10 },
      { onProgress: (m) => messages.push(m) },
    );
    expect(messages.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify(result.content)).toContain('search login failed for ada.byron@example.com');
    await caller.close();
  });
});

describe('run_sql', () => {
  it.each([
    ['drop a table', 'DROP TABLE customers'],
    ['see or change the execution counters', 'DELETE FROM ops.execution'],
    ['smuggle in a second statement', 'SELECT 1; DELETE FROM customers'],
    ['become the owner', 'RESET ROLE; DROP TABLE customers'],
  ])('cannot %s', async (_what, sql) => {
    const caller = await connect(`${base}/mcp`, token);
    const result = await caller.call('run_sql', { sql });
    expect(result.isError).toBe(true);
    expect((await store.runSql('SELECT count(*)::int AS n FROM customers')).rows).toEqual([{ n: 3 }]);
    await caller.close();
  });

  it('returns rows', async () => {
    const caller = await connect(`${base}/mcp`, token);
    const result = await caller.call('run_sql', { sql: 'SELECT name, iban FROM customers ORDER BY name LIMIT 1' });
    expect(result.structuredContent).toMatchObject({ rowCount: 1, rows: [{ name: 'Ada Byron' }] });
    await caller.close();
  });
});

describe('the server', () => {
  it.each([
    ['no token', undefined],
    ['another token', 'Bearer other'],
  ])('refuses %s', async (_what, authorization) => {
    const response = await fetch(`${base}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    });
    expect(response.status).toBe(401);
  });

  it('answers 404 to a session it does not know, so that the client starts over', async () => {
    const response = await fetch(`${base}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${token}`,
        'mcp-session-id': 'gone',
      },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    });
    expect(response.status).toBe(404);
  });
});
