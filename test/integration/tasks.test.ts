import { createSecretKey, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordedCall } from '../../gateway/call.ts';
import { Executions } from '../../gateway/hold/executions.ts';
import { openTaskRun, type TaskRun } from '../../gateway/hold/tasks/run.ts';
import { Tasks, type Task } from '../../gateway/hold/tasks/tasks.ts';
import type { JoinedCase } from '../../gateway/hold/cases.ts';
import { replyToNobody } from '../../gateway/hold/tasks/seal.ts';
import { createMasker } from '../../gateway/masking/masker.ts';
import { receive } from '../../gateway/receive/receive.ts';
import { createLedgerActivities } from '../../workflows/activities/ledger-activities.ts';
import { settleExecution } from '../../workflows/activities/settle-execution.ts';
import { sweepOpenCalls } from '../../workflows/activities/sweep-open-calls.ts';
import { sweepTasks } from '../../workflows/activities/sweep-tasks.ts';
import type { Ledger } from '../../workflows/evidence/ledger.ts';
import { aTask } from '../support/a-task.ts';
import { passBetweenLooks } from '../support/between-looks.ts';
import { createLedgerWorld, origin, type LedgerWorld } from '../support/ledger-world.ts';

const connection = { name: 'ops', tools: {} };
const config = {
  connections: [connection],
  approvers: {},
  policyDigest: '00',
  policy: { rules: [], defaultDecision: 'allow', defaultApproval: undefined },
};
const principal = 'https://issuer.example#ci';

let world: LedgerWorld;
let ledger: Ledger;
let tasks: Tasks;
let cases = 0;
let clock = new Date('2026-11-24T10:00:00Z');
const now = (): Date => clock;

beforeAll(async () => {
  world = await createLedgerWorld();
  ledger = await world.open({ instance: 'gw-1' });
  const key = createSecretKey(Buffer.alloc(32, 7));
  tasks = new Tasks({ pool: world.pool, ledger, masker: createMasker(), key, now, randomBytes });
});
afterAll(() => world.close());

/** An open case in PostgreSQL, and a call that may join it. */
async function openCase(): Promise<{ joined: JoinedCase; call: (callId: string) => Promise<RecordedCall> }> {
  cases += 1;
  const approvalId = `apr_${cases}`;
  const workflowId = `approval/ops/${cases}`;
  const request = { ...aTask().request, approvalId };
  await world.pool.query(
    `insert into countersign.approval
       (id, workflow_id, connection, tool, method, caller, rule, request, action_digest, nonce, policy_digest, state,
        opened_at, expires_at)
     values ($1, $2, 'ops', 'apply_config', 'tools/call', '{}', '{}', $3, '00', '\\x00', '00', 'open', $4, $5)`,
    [approvalId, workflowId, JSON.stringify(request), request.openedAt, request.expiresAt],
  );
  return { joined: { approvalId, workflowId, request, opened: true }, call: receivedCall };
}

async function receivedCall(callId: string): Promise<RecordedCall> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = { name: 'apply_config', arguments: { value: 'v' }, _meta: meta };
  const headers = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'apply_config',
  };
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
  const call = receive(
    { connection: connection as RecordedCall['connection'], headers, body, reply: replyToNobody() },
    () => callId,
  );
  const caller = { issuer: 'https://issuer.example', subject: 'ci', groups: [], actors: [] };
  const [entry] = await ledger.append([
    { kind: 'request.received', callId, connection: 'ops', principal, outcome: 'hold', facts: {} },
  ]);
  if (entry === undefined) throw new Error('nothing was appended');
  const judgement = { verdict: 'allow' as const, ruleIds: [] };
  return { ...call, caller, principal, sessionId: 'ses_1', judgement, policyDigest: '00', id: 1, entry };
}

async function opened(joined: JoinedCase, call: RecordedCall): Promise<Task> {
  const task = await tasks.open(call, joined);
  if (task === undefined) throw new Error('no task was opened');
  return task;
}

const executor = (instance: string): Executions =>
  new Executions({
    pool: world.pool,
    ledger,
    decisionKeys: { keys: [] },
    instance,
    now,
  });

const spent = ({ approvalId }: Task) => ({ approvalId, openedUnder: '00', policyDigest: '11' });

const recordingOf = ({ joined }: { joined: JoinedCase }, callId: string, attempt: number) => ({
  approvalId: joined.approvalId,
  callId,
  attempt,
  gatewayQueue: 'gateway',
  connection: 'ops',
  tool: 'apply_config',
  actionDigest: '00',
  takeUpUntilMs: clock.getTime() + 60_000,
});

async function readyToRun(recording: ReturnType<typeof recordingOf>): Promise<Extract<TaskRun, { kind: 'call' }>> {
  const run = await openTaskRun({ tasks, config: () => config as never }, recording);
  if (run.kind !== 'call') throw new Error(`cannot run: ${run.kind}`);
  return run;
}

async function stateOf(taskId: string): Promise<string> {
  const { rows } = await world.pool.query<{ state: string; sealed: Buffer | null }>(
    'select state, sealed from countersign.task where id = $1',
    [taskId],
  );
  return `${rows[0]?.state}, ${rows[0]?.sealed === null ? 'nothing sealed' : 'sealed'}`;
}

async function endsOf(callId: string): Promise<string[]> {
  const { rows } = await world.pool.query<{ kind: string; outcome: string }>(
    `select kind, outcome from ledger.entry
     where call_id = $1 and kind in ('call.closed', 'response.recorded') order by seq`,
    [callId],
  );
  return rows.map(({ kind, outcome }) => `${kind} ${outcome}`);
}

describe('running a task', () => {
  test('and taking it back exclude each other', async () => {
    const case1 = await openCase();
    const first = await opened(case1.joined, await case1.call('call_first'));
    const run = await readyToRun(recordingOf(case1, 'call_first', 1));
    expect(await executor('gw-1').takeFence(run.call, spent(first), run.fence)).toBe(true);
    expect(await stateOf(first.id)).toBe('executing, nothing sealed');
    expect(await tasks.cancel(first, 'cancelled')).toBe(false);

    const case2 = await openCase();
    const second = await opened(case2.joined, await case2.call('call_second'));
    const late = await readyToRun(recordingOf(case2, 'call_second', 1));
    expect(await tasks.cancel(second, 'cancelled')).toBe(true);
    expect(await executor('gw-1').takeFence(late.call, spent(second), late.fence)).toBe(false);
    expect(await stateOf(second.id)).toBe('cancelled, nothing sealed');
    expect(await endsOf('call_second')).toEqual(['call.closed cancelled']);
  });

  test('is tried again after a gateway was lost before it sent anything, and the lost one cannot come back', async () => {
    const open = await openCase();
    const task = await opened(open.joined, await open.call('call_retried'));
    const silent = await readyToRun(recordingOf(open, 'call_retried', 1));
    const settled = await settleExecution({ pool: world.pool, ledger, now }, recordingOf(open, 'call_retried', 1));
    expect(settled).toMatchObject({ code: 'not_executed', lost: true });
    expect(await executor('gw-1').takeFence(silent.call, spent(task), silent.fence)).toBe(false);
    expect(await stateOf(task.id)).toBe('waiting, sealed');
    const next = await readyToRun(recordingOf(open, 'call_retried', 2));
    expect(await executor('gw-2').takeFence(next.call, spent(task), next.fence)).toBe(true);
    expect(await executor('gw-1').takeFence(silent.call, spent(task), silent.fence)).toBe(false);
    expect(await executor('gw-3').takeFence(next.call, spent(task), next.fence)).toBe(false);
  });

  test('is over for good once it was sent: unknown, and no further try', async () => {
    const open = await openCase();
    const task = await opened(open.joined, await open.call('call_unknown'));
    const run = await readyToRun(recordingOf(open, 'call_unknown', 1));
    expect(await executor('gw-1').takeFence(run.call, spent(task), run.fence)).toBe(true);
    clock = new Date(clock.getTime() + 60_000);
    const settled = await settleExecution({ pool: world.pool, ledger, now }, recordingOf(open, 'call_unknown', 1));
    expect(settled).toEqual({ code: 'unknown' });
    expect(await openTaskRun({ tasks, config: () => config as never }, recordingOf(open, 'call_unknown', 2))).toEqual({
      kind: 'taken_back',
    });
  });
});

describe('a case that closes', () => {
  test('ends its tasks in the same commit and then their calls, however often it is closed', async () => {
    const open = await openCase();
    const task = await opened(open.joined, await open.call('call_denied'));
    const activities = createLedgerActivities({ pool: world.pool, ledger, decisionKeys: { keys: [] }, now });
    const closing = { approvalId: task.approvalId, outcome: { code: 'denied' as const, reason: 'no' } };
    await activities.closeCase(closing);
    await activities.closeCase(closing);
    expect(await stateOf(task.id)).toBe('ended, nothing sealed');
    expect(await endsOf('call_denied')).toEqual(['call.closed denied']);
    const [told] = await tasks.find([task.id], { connection: 'ops', principal });
    expect(told?.ending).toEqual({ code: 'denied', reason: 'no' });
    expect(await tasks.open(await open.call('call_late'), open.joined)).toBeUndefined();
  });

  test('has tasks of its own only', async () => {
    const [mine, other] = [await openCase(), await openCase()];
    await opened(mine.joined, await mine.call('call_mine'));
    const task = await opened(other.joined, await other.call('call_other'));
    await world.pool.query(`update countersign.approval set state = 'closed', closed_at = $2 where id = $1`, [
      mine.joined.approvalId,
      now(),
    ]);
    expect(await stateOf(task.id)).toBe('waiting, sealed');
  });
});

describe('the sweep', () => {
  test('leaves the tasks of a dead gateway to the others', async () => {
    const open = await openCase();
    await opened(open.joined, await open.call('call_kept'));
    await world.pool.query(
      `insert into countersign.gateway_instance (id, started_at, lease_until) values ('gw-1', $1, $1)`,
      [new Date(clock.getTime() - 60_000)],
    );
    await open.call('call_swept');
    for (let look = 0; look < 4; look += 1) {
      await sweepOpenCalls({ pool: world.pool, ledger, origin, now });
      await passBetweenLooks(world.admin, 5_000);
    }
    expect(await endsOf('call_kept')).toEqual([]);
    expect(await endsOf('call_swept')).toEqual(['call.closed pending']);
  });

  test('ends what waits beyond its grant, and what was sealed goes', async () => {
    const open = await openCase();
    const task = await opened(open.joined, await open.call('call_overdue'));
    const later = (): Date => new Date('2026-11-24T12:00:00Z');
    expect(await sweepTasks({ pool: world.pool, ledger, now })).toBe(0);
    expect(await sweepTasks({ pool: world.pool, ledger, now: later })).toBeGreaterThan(0);
    expect(await stateOf(task.id)).toBe('ended, nothing sealed');
    expect(await endsOf('call_overdue')).toEqual(['call.closed expired']);
    expect(await sweepTasks({ pool: world.pool, ledger, now: later })).toBe(0);
  });
});

describe('a second task of a case', () => {
  test('is the same as long as the first waits, and another one after it was taken back', async () => {
    const open = await openCase();
    const first = await opened(open.joined, await open.call('call_a'));
    expect(await opened(open.joined, await open.call('call_b'))).toMatchObject({ id: first.id, callId: 'call_a' });
    await tasks.cancel(first, 'cancelled');
    const second = await opened(open.joined, await open.call('call_c'));
    expect(second).toMatchObject({ id: `${first.id}.2`, approvalId: first.approvalId, callId: 'call_c' });
  });
});
