import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fetchAccessToken } from '../../infra/dev/access-token.ts';
import { startWorld, type World } from '../../infra/dev/world.ts';
import { recordingWorkflowId } from '../../workflows/contract/names.ts';
import { connect, connectLegacy, outcomeOf, type Caller, type ToolResult } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { Product, unique } from '../support/product.ts';
import { TaskClient } from '../support/task-client.ts';
import { approvalIdOf } from '../support/slack.ts';
import { legacyHeaders } from '../support/transport-caller.ts';

const portBase = 19_900;
const run = promisify(execFile);
const setting = (value: string) => ({ service: 'payments', key: 'checkout.banner', value });
const lookUp = { service: 'payments', key: 'checkout.banner' };
const waits = { onProgress: () => undefined };

let home: string;
let world: World;
let product: Product;
let operator: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-pauses-'));
  world = await startWorld({ portBase, home, gateways: 2, configFile: 'test/end-to-end/extra.yaml' });
  product = new Product({ path: world.path });
  operator = await fetchAccessToken(world.file(), 'operator', 'api');
});

afterEach(async () => {
  for (const { scope, target } of await paused()) await lift(scope, target);
});

afterAll(async () => {
  await world.stop();
  await rm(home, { recursive: true, force: true });
});

const urls = (): string[] => world.file().gateway.instances.map(({ url }) => url);
const gatewayUrl = (index: number): string => urls()[index] ?? '';

async function api(
  index: number,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${gatewayUrl(index)}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

interface Paused {
  readonly scope: string;
  readonly target: string;
}

async function paused(): Promise<Paused[]> {
  return ((await api(0, 'GET', 'pauses')).body as { pauses: Paused[] }).pauses;
}

async function pause(index: number, scope: string, target: string, reason: string, now = false): Promise<void> {
  const { status, body } = await api(index, 'POST', 'pauses', { scope, target, reason, now });
  expect([status, body]).toMatchObject([200, { scope, target }]);
}

async function lift(scope: string, target: string): Promise<void> {
  await api(1, 'DELETE', `pauses?${new URLSearchParams({ scope, target }).toString()}`);
}

/** A client of each gateway. */
async function callers(client = 'ci-deployer', connection = 'ops'): Promise<Caller[]> {
  const token = await product.token(client, connection);
  return Promise.all(urls().map((url) => connect(`${url}/${connection}/mcp`, token)));
}

const codeOf = (result: ToolResult): string | undefined => outcomeOf(result)?.code;

/** How long after `sinceMs` the gateway behind this caller answers so. */
async function untilCode(
  caller: Caller,
  code: string | undefined,
  sinceMs: number,
  [tool, args]: [string, Record<string, unknown>] = ['get_config', lookUp],
): Promise<number> {
  return eventually(`a call is ${code ?? 'answered'}`, async () =>
    codeOf(await caller.call(tool, args)) === code ? performance.now() - sinceMs : undefined,
  );
}

async function countersign(...args: string[]): Promise<string> {
  const command = ['--import', 'tsx', 'gateway/cli/main.ts', ...args, '--url', gatewayUrl(0)];
  return (await run('node', command, { env: { ...process.env, COUNTERSIGN_TOKEN: operator } })).stdout;
}

describe('a pause', () => {
  test('that is set through one gateway stops calls on both within a second, and so does its end', async () => {
    const clients = await callers();
    await Promise.all(clients.map((caller) => untilCode(caller, undefined, 0)));
    for (const [scope, target] of [
      ['connection', 'ops'],
      ['everything', ''],
    ] as const) {
      await pause(0, scope, target, 'Incident 7.');
      const setMs = performance.now();
      const took = await Promise.all(clients.map((caller) => untilCode(caller, 'paused', setMs)));
      expect(Math.max(...took), `${scope} in ${took.join(' and ')} ms`).toBeLessThan(1_000);
      await lift(scope, target);
      const liftedMs = performance.now();
      const again = await Promise.all(clients.map((caller) => untilCode(caller, undefined, liftedMs)));
      expect(Math.max(...again)).toBeLessThan(1_000);
    }
    await Promise.all(clients.map((caller) => caller.close()));
  });

  test('of a caller stops that caller and no other', async () => {
    const deployers = await callers();
    const readers = await callers('ci-reader');
    const { url } = world.file().issuer;
    const said = await countersign('pause', 'caller', url, 'ci-deployer', '--reason', 'Runs wild.', '--for', '1h');
    expect(said).toMatch(/^Paused caller http:\/\/.*#ci-deployer, until 20/);
    for (const caller of deployers) await untilCode(caller, 'paused', 0);
    for (const caller of readers) expect(codeOf(await caller.call('get_config', lookUp))).toBeUndefined();
    const [result] = await Promise.all(deployers.map((caller) => caller.call('get_config', lookUp)));
    expect(outcomeOf(result ?? {})).toMatchObject({
      code: 'paused',
      retryable: true,
      reason: 'Runs wild.',
      rule: 'countersign.paused',
      retryAfterMs: expect.any(Number),
    });
    expect(JSON.stringify(result?.content)).toContain('Paused: this caller is stopped by an operator');
    expect(await countersign('pause', 'list')).toContain('Runs wild.');
    expect(await countersign('resume', 'caller', url, 'ci-deployer', '--reason', 'Fixed.')).toContain('Resumed caller');
    for (const caller of deployers) await untilCode(caller, undefined, 0);
    await Promise.all([...deployers, ...readers].map((caller) => caller.close()));
  });

  test('is recorded with who, why and until when, and so is each call that it stopped', async () => {
    const [caller] = await callers();
    await pause(0, 'connection', 'ops', 'For the record.');
    const result = await caller?.call('get_config', lookUp);
    const { callId = '' } = outcomeOf(result ?? {}) ?? {};
    await lift('connection', 'ops');
    const entries = await product.query<{ kind: string; outcome: string; principal: string; facts: object }>(
      `select kind, outcome, principal, convert_from(entry, 'UTF8')::jsonb -> 'facts' as facts from ledger.entry
       where call_id = $1 or kind like 'pause.%' order by seq desc limit 4`,
      [callId],
    );
    const who = `${world.file().issuer.url}#operator`;
    expect(entries.toReversed()).toMatchObject([
      { kind: 'pause.set', outcome: 'connection', principal: who, facts: { target: 'ops', reason: 'For the record.' } },
      { kind: 'request.received', outcome: 'block', facts: { ruleIds: ['countersign.paused'] } },
      { kind: 'call.closed', outcome: 'paused' },
      { kind: 'pause.lifted', outcome: 'lifted', principal: who, facts: { scope: 'connection', target: 'ops' } },
    ]);
    await caller?.close();
  });

  test('is set and seen by operators alone', async () => {
    const token = await fetchAccessToken(world.file(), 'ci-deployer', 'api');
    for (const method of ['GET', 'POST', 'DELETE']) {
      const headers = { authorization: `Bearer ${token}` };
      const { status } = await fetch(`${gatewayUrl(1)}/api/v1/pauses`, { method, headers });
      expect([method, status]).toEqual([method, 403]);
    }
  });

  test('refuses messages and streams of a session, and lets it be ended', async () => {
    const token = await product.token('ci-reader', 'everything');
    const url = `${gatewayUrl(1)}/everything/mcp`;
    const headers = { ...legacyHeaders, authorization: `Bearer ${token}` };
    const send = (method: string, body?: object, more = {}) =>
      fetch(url, { method, headers: { ...headers, ...more }, body: body === undefined ? null : JSON.stringify(body) });
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
    const opened = await send('POST', { jsonrpc: '2.0', id: 1, method: 'initialize', params });
    await opened.text();
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    const notify = (method: string, given = {}) => send('POST', { jsonrpc: '2.0', method, params: given }, session);
    expect((await notify('notifications/initialized')).status).toBe(202);
    await pause(1, 'connection', 'everything', 'Freeze.');
    const refused = await notify('notifications/roots/list_changed');
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('(Freeze.)')]);
    const stream = await send('GET', undefined, session);
    expect([stream.status, await stream.text()]).toEqual([503, expect.stringContaining('(Freeze.)')]);
    expect((await notify('notifications/cancelled', { requestId: 9 })).status).toBe(202);
    expect((await send('DELETE', undefined, session)).status).toBeLessThan(300);
  });
});

describe('what is under way when a pause is set', () => {
  test('goes on, but for streams without an end; with --now it is cut off, and may have run', async () => {
    const token = await product.token('ci-reader', 'everything');
    const url = `${gatewayUrl(1)}/everything/mcp`;
    const caller = await connectLegacy(url, token);
    const slow = (duration: number) => caller.call('trigger-long-running-operation', { duration, steps: 1 });
    const goesOn = slow(3);
    await untilUnderWay('trigger-long-running-operation');
    await pause(0, 'connection', 'everything', 'Freeze.');
    expect(codeOf(await goesOn)).toBeUndefined();
    await lift('connection', 'everything');
    await untilCode(caller, undefined, 0, ['echo', { message: 'hi' }]);
    const cut = slow(60);
    await untilUnderWay('trigger-long-running-operation');
    await countersign('pause', 'connection', 'everything', '--reason', 'Incident 9.', '--now');
    const result = await cut;
    expect(codeOf(result)).toBe('unknown');
    expect(JSON.stringify(result.content)).toContain('an operator paused it. It may have run');
    await caller.close();
  });

  test('and is a stream of a session is ended, and refused when its client opens it again', async () => {
    const token = await product.token('ci-reader', 'everything');
    const url = `${gatewayUrl(1)}/everything/mcp`;
    const headers = { ...legacyHeaders, authorization: `Bearer ${token}` };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
    const opened = await fetch(url, { method: 'POST', headers, body });
    await opened.text();
    const session = { ...headers, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    const stream = await fetch(url, { headers: session });
    expect(stream.status).toBe(200);
    await pause(0, 'connection', 'everything', 'Freeze.');
    await stream.text();
    expect((await fetch(url, { headers: session })).status).toBe(503);
  });

  test('and waits for a person goes on waiting; with --now its caller reads that it is paused', async () => {
    const caller = await connectLegacy(`${gatewayUrl(1)}/ops/mcp`, await product.token('ci-deployer', 'ops'));
    const value = unique('waits');
    const answer = caller.call('apply_config', setting(value), waits);
    await product.slack.cardWith(value);
    await pause(0, 'connection', 'ops', 'Incident 10.', true);
    expect(outcomeOf(await answer)).toMatchObject({ code: 'paused', reason: 'Incident 10.' });
    expect(await product.executionsWith(value)).toBe(0);
    await caller.close();
  });
});

describe('an approved call whose connection is paused', () => {
  test('does not run, its caller is told so, and runs for who calls again once the pause is lifted', async () => {
    const token = await product.token('ci-deployer', 'ops');
    const caller = await connectLegacy(`${gatewayUrl(1)}/ops/mcp`, token);
    const value = unique('paused');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    await pause(0, 'connection', 'ops', 'Incident 7.');
    await untilCode(caller, 'paused', 0);
    await product.slack.click('sre-1', card, 'approve');
    expect(outcomeOf(await answer)).toMatchObject({ code: 'paused', approvalId: approvalIdOf(card), retryable: true });
    expect(codeOf(await caller.call('apply_config', setting(value), waits))).toBe('paused');
    expect(await product.executionsWith(value)).toBe(0);
    await lift('connection', 'ops');
    await untilCode(caller, undefined, 0);
    const result = await caller.call('apply_config', setting(value), waits);
    expect(JSON.stringify(result.content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    expect(await product.slack.cardsOf(approvalIdOf(card))).toHaveLength(1);
    await caller.close();
  });

  test('waits as a task until the pause is lifted, and then runs once', async () => {
    const token = await product.token('ci-deployer', 'ops');
    const client = new TaskClient(`${gatewayUrl(0)}/ops/mcp`, token);
    const value = unique('paused-task');
    const { taskId } = await client.start('apply_config', setting(value));
    const card = await product.slack.cardWith(value);
    const [caller] = await callers();
    await pause(1, 'connection', 'ops', 'Incident 8.');
    if (caller !== undefined) await untilCode(caller, 'paused', 0);
    await product.slack.click('sre-1', card, 'approve');
    await untilWaitsForResume(taskId);
    expect(await product.executionsWith(value)).toBe(0);
    await expect(client.get(taskId)).rejects.toThrow('paused');
    await lift('connection', 'ops');
    const settled = await eventually('the task is over', async () => {
      const task = await client.get(taskId);
      return task.status === 'working' ? undefined : task;
    });
    expect(settled.status).toBe('completed');
    expect(await product.executionsWith(value)).toBe(1);
    await caller?.close();
  });
});

/** A call of this tool is recorded, and has no end yet. */
async function untilUnderWay(tool: string): Promise<void> {
  await eventually(`${tool} is under way`, async () => {
    const rows = await product.query(
      `select 1 from ledger.entry received where kind = 'request.received' and tool = $1 and not exists (
         select from ledger.entry ending
         where ending.call_id = received.call_id and ending.kind in ('response.recorded', 'call.closed'))`,
      [tool],
    );
    return rows.length > 0 ? true : undefined;
  });
}

/** A gateway has taken the task up, and does not run it. */
async function untilWaitsForResume(approvalId: string): Promise<void> {
  const callId = await eventually('the task has its call', async () => {
    const [row] = await product.query<{ call_id: string }>(
      'select call_id from countersign.task where approval_id = $1',
      [approvalId],
    );
    return row?.call_id;
  });
  await eventually('a gateway has taken it up', () =>
    product.withTemporal(async (temporal) => {
      const { raw } = await temporal.workflow.getHandle(recordingWorkflowId(callId)).describe();
      const taken = raw.pendingActivities?.some(
        ({ activityType, lastStartedTime }) => activityType?.name === 'forwardAndRecord' && lastStartedTime != null,
      );
      return taken === true ? true : undefined;
    }),
  );
}
