import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, test } from 'vitest';
import { recordingWorkflowId } from '../../workflows/contract/names.ts';
import type { RecordingResult } from '../../workflows/contract/recording.ts';
import { outcomeOf } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { callTool, ledgerEnd } from '../support/outage.ts';
import { Product, unique } from '../support/product.ts';
import { modernRequest, post } from '../support/transport-caller.ts';

const product = new Product();
/** The sample server behind a rule that says `record: workflow`. */
const connection = 'chronicled';
const setting = (value: string, rolloutSeconds?: number) => ({
  service: 'payments',
  key: 'checkout.banner',
  value,
  ...(rolloutSeconds === undefined ? {} : { rolloutSeconds }),
});

interface EntryRow {
  readonly call_id: string;
  readonly seq: string;
  readonly kind: string;
  readonly outcome: string;
}

/** What the ledger holds of the calls of this connection since then; its tests run one after the other. */
function entriesSince(since: Date): Promise<EntryRow[]> {
  return product.query<EntryRow>(
    `select call_id, seq, kind, outcome from ledger.entry
     where connection = $1 and call_id is not null and at >= $2 and tool is not null order by seq`,
    [connection, since],
  );
}

async function callSince(since: Date): Promise<string> {
  const [first] = await entriesSince(since);
  if (first === undefined) throw new Error('no such call was recorded');
  return first.call_id;
}

/** The workflow of a call once it is over: its result, and its history as an operator reads it. */
function recordingOf(callId: string): Promise<{ result: RecordingResult; history: string }> {
  return product.withTemporal(async (temporal) => {
    const handle = temporal.workflow.getHandle(recordingWorkflowId(callId));
    const result = (await handle.result()) as RecordingResult;
    const history = historyToJSON(await handle.fetchHistory());
    const payloads = [...history.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)];
    const clear = payloads.map(([, data]) => Buffer.from(data ?? '', 'base64').toString('utf8'));
    return { result, history: [history, ...clear, JSON.stringify(await handle.describe())].join('\n') };
  });
}

function runs(value: string): Promise<true> {
  return eventually('the call runs', async () => ((await product.executionsWith(value)) === 1 ? true : undefined));
}

describe('a call whose policy says `record: workflow`', () => {
  test('has the answer it has without, to the byte', async () => {
    const ask = async (name: string) =>
      callTool(product.urlOf(name), await product.token('ci-deployer', name), 'get_config', { service: 'payments' });
    const plain = await ask('ops');
    const since = await ledgerEnd(product);
    const chronicled = await ask(connection);
    expect(chronicled.text).toBe(plain.text);
    expect([chronicled.status, chronicled.headers.get('content-type')]).toEqual([
      plain.status,
      plain.headers.get('content-type'),
    ]);
    const { result } = await recordingOf(await callSince(since));
    expect(result).toMatchObject({ code: 'answered', delivered: true });
  });

  test('streams its progress before its answer, as without', async () => {
    const ask = async (name: string) => {
      const { body, headers } = modernRequest('tools/call', {
        name: 'read_logs',
        arguments: { service: 'payments', lines: 5 },
      });
      const asked = { ...body, params: { ...body.params, _meta: { ...body.params._meta, progressToken: 'p' } } };
      const token = await product.token('ci-deployer', name);
      return post(product.urlOf(name), asked, { ...headers, authorization: `Bearer ${token}` });
    };
    const [plain, chronicled] = [await ask('ops'), await ask(connection)];
    expect(chronicled.text).toContain('notifications/progress');
    expect(chronicled.headers.get('content-type')).toBe(plain.headers.get('content-type'));
    expect(chronicled.text).toBe(plain.text);
  });

  test('is recorded in order before it is released, and history shows it in ids and digests', async () => {
    const caller = await product.caller('ci-deployer', connection);
    const since = await ledgerEnd(product);
    const canary = ['AK', 'IA', unique('').replaceAll('-', '').toUpperCase().slice(0, 16)].join('');
    const value = unique('in-clear');
    const answer = await caller.call('apply_config', setting(`${value} ${canary}`));
    expect(JSON.stringify(answer)).toContain(value);
    const entries = await entriesSince(since);
    expect(entries.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'request.received allow',
      'response.recorded answered',
    ]);
    const { result, history } = await recordingOf(entries[0]?.call_id ?? '');
    expect(result).toMatchObject({ code: 'answered', delivered: true, receipt: { seq: Number(entries[1]?.seq) } });
    const steps = [...history.matchAll(/"name": ?"(forwardAndRecord|release|readEnding)"/g)].map(([, name]) => name);
    expect(steps).toEqual(['forwardAndRecord', 'release']);
    expect(history.indexOf('EVENT_TYPE_ACTIVITY_TASK_COMPLETED')).toBeLessThan(history.indexOf('"release"'));
    expect(history).toContain(entries[0]?.call_id ?? '-');
    for (const secret of [canary, value, 'checkout.banner']) expect(history).not.toContain(secret);
    await caller.close();
  });
});

describe('a Temporal that does not answer', () => {
  test('means `unavailable` for it, and the server sees nothing; afterwards it runs', async () => {
    const caller = await product.caller('ci-deployer', connection);
    const since = await ledgerEnd(product);
    const value = unique('no-temporal');
    const [pid] = product.world.pids.temporal;
    if (pid === undefined) throw new Error('Temporal does not run');
    process.kill(pid, 'SIGSTOP');
    try {
      const result = await caller.call('apply_config', setting(value));
      expect(outcomeOf(result)).toMatchObject({ code: 'unavailable', retryable: true });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const story = (await entriesSince(since)).map(({ kind, outcome }) => `${kind} ${outcome}`);
    expect(story).toEqual(['request.received allow', 'call.closed unavailable']);
    // What was asked of Temporal while it stood still is done now, and must find nothing to run.
    const again = unique('temporal-is-back');
    expect(JSON.stringify(await caller.call('apply_config', setting(again)))).toContain(again);
    expect(await product.executionsWith(again)).toBe(1);
    expect(await product.executionsWith(value)).toBe(0);
    await caller.close();
  });
});

describe('a Temporal that stands still while it runs', () => {
  test('keeps its answer back, recorded, until it is there again', async () => {
    const caller = await product.caller('ci-deployer', connection);
    const since = await ledgerEnd(product);
    const value = unique('stands-still');
    const answer = caller.call('apply_config', setting(value, 2));
    let isAnswered = false;
    void answer.then(() => (isAnswered = true));
    await runs(value);
    const [pid] = product.world.pids.temporal;
    if (pid === undefined) throw new Error('Temporal does not run');
    process.kill(pid, 'SIGSTOP');
    try {
      await eventually('its answer is recorded', async () =>
        (await entriesSince(since)).some(({ kind }) => kind === 'response.recorded') ? true : undefined,
      );
      expect(isAnswered).toBe(false);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(JSON.stringify((await answer).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
  });
});

describe('a crash while it runs', () => {
  test('of the worker leaves it its answer, and it is sent once', async () => {
    const caller = await product.caller('ci-deployer', connection);
    const value = unique('worker-killed');
    const answer = caller.call('apply_config', setting(value, 3));
    await runs(value);
    await product.crash('worker');
    expect(JSON.stringify((await answer).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
  });

  test('of the gateway ends it `unknown`, once; it is not sent again, and its workflow ends by itself', async () => {
    const caller = await product.caller('ci-deployer', connection);
    const since = await ledgerEnd(product);
    const value = unique('gateway-killed');
    caller.call('apply_config', setting(value, 20)).catch(() => undefined);
    await runs(value);
    await product.crash('gateway');
    const { result } = await recordingOf(await callSince(since));
    expect(result).toEqual({ code: 'unknown' });
    const story = (await entriesSince(since)).map(({ kind, outcome }) => `${kind} ${outcome}`);
    expect(story).toEqual(['request.received allow', 'call.closed unknown']);
    expect(await product.executionsWith(value)).toBe(1);
  });
});
