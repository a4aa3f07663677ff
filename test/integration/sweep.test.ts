import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InstanceLease } from '../../gateway/hold/instance-lease.ts';
import { newId } from '../../gateway/ids.ts';
import { sweepOpenCalls } from '../../workflows/activities/sweep-open-calls.ts';
import { sweepTasks } from '../../workflows/activities/sweep-tasks.ts';
import type { Ledger } from '../../workflows/evidence/ledger.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { passBetweenLooks } from '../support/between-looks.ts';
import { createLedgerWorld, draft, origin, type LedgerWorld } from '../support/ledger-world.ts';

const workers = 3;
/** More than one sweep takes. */
const openCalls = 620;
const overdueTasks = 60;
const dead = 'gw-dead';
const now = (): Date => new Date('2026-11-24T10:00:00Z');
const before = new Date('2026-11-24T09:00:00Z');

let world: LedgerWorld;
let ledgers: readonly Ledger[];

beforeAll(async () => {
  world = await createLedgerWorld();
  ledgers = await Promise.all(Array.from({ length: workers }, (_, i) => world.open({ instance: `worker-${i}` })));
});
afterAll(() => world.close());

async function leaveCallsOpen(): Promise<void> {
  const gateway = await world.open({ instance: dead });
  const received = Array.from({ length: openCalls }, (_, i) =>
    draft('', { kind: 'request.received', callId: `call_${i}`, outcome: i % 2 === 0 ? 'allow' : 'hold' }),
  );
  for (let from = 0; from < openCalls; from += 100) await gateway.append(received.slice(from, from + 100));
  await world.pool.query(
    `insert into countersign.gateway_instance (id, url, started_at, lease_until) values ($1, 'http://gone', $2, $2)`,
    [dead, before],
  );
}

async function leaveTasksOverdue(): Promise<void> {
  for (let i = 0; i < overdueTasks; i += 1) {
    await world.admin.query(
      `with opened as (
         insert into countersign.approval
           (id, workflow_id, connection, tool, method, caller, rule, request, action_digest, nonce, policy_digest,
            state, opened_at, expires_at)
         values ($1, $1, 'ops', 'apply_config', 'tools/call', '{}', '{}', '{}', '00', '\\x00', '00', 'open', $4, $4)
         returning id)
       insert into countersign.task
         (id, call_id, approval_id, connection, principal, session_id, state, sealed, created_at, updated_at, open_until)
       select id, $2, id, 'ops', 'somebody', 'ses', 'waiting', $3, $4, $4, $4 from opened`,
      [`apr_${i}`, `call_of_task_${i}`, randomBytes(8), before],
    );
  }
}

async function endings(like: string): Promise<{ calls: number; entries: number }> {
  const { rows } = await world.pool.query<{ calls: string; entries: string }>(
    `select count(distinct call_id) as calls, count(*) as entries from ledger.entry
     where kind = 'call.closed' and call_id like $1`,
    [like],
  );
  return { calls: Number(rows[0]?.calls), entries: Number(rows[0]?.entries) };
}

/** Each worker sweeps by itself, as often as it finds something, none knowing of the others. */
async function sweepAtOnce(sweep: typeof sweepOpenCalls): Promise<void> {
  const sweepers = ledgers.map((ledger) => ({ pool: world.pool, ledger, origin, now }));
  // A lease is over when it was seen to stand still, look after look.
  for (let look = 0; look < 3; look += 1) {
    await Promise.all(sweepers.map(sweep));
    await passBetweenLooks(world.admin, 5_000);
  }
  await Promise.all(
    sweepers.map(async (sweeper) => {
      while ((await sweep(sweeper)) > 0);
    }),
  );
}

async function markOf(instance: string) {
  const { rows } = await world.pool.query<{ log: string; seq: string; swept: boolean }>(
    `select swept_log as log, swept_seq as seq, swept_at is not null as swept
     from countersign.gateway_instance where id = $1`,
    [instance],
  );
  return rows[0];
}

describe('sweeping', () => {
  test('at once by several workers ends each open call once', async () => {
    await leaveCallsOpen();
    await sweepAtOnce(sweepOpenCalls);
    expect(await endings('call\\_%')).toEqual({ calls: openCalls, entries: openCalls });
    const { rows } = await world.pool.query('select swept_at from countersign.gateway_instance where id = $1', [dead]);
    expect(rows).toEqual([{ swept_at: now() }]);
  });

  test('at once by several workers ends each overdue task once', async () => {
    await leaveTasksOverdue();
    await sweepAtOnce(sweepTasks);
    expect(await endings('call\\_of\\_task%')).toEqual({ calls: overdueTasks, entries: overdueTasks });
  });

  test('leaves a ledger that is dense and unaltered', async () => {
    const logs = await verifyLedger(world.admin, origin);
    expect(logs.flatMap(({ faults }) => faults)).toEqual([]);
  });
});

describe('a gateway that comes back under the same name', () => {
  test('does not keep alive what the one before it left open', async () => {
    const began = new Date('2026-11-24T11:00:00Z');
    const [gone, back] = [newId('gw-named', began, randomBytes), newId('gw-named', began, randomBytes)];
    const open = (instance: string) => world.open({ instance });
    let at = began;
    const lease = (instance: string) =>
      new InstanceLease({ pool: world.pool, instance, now: () => at, log: pino({ level: 'silent' }) });
    const [before, after] = [lease(gone), lease(back)];
    await before.take('http://named');
    await (await open(gone)).append([draft('', { kind: 'request.received', callId: 'named_lost', outcome: 'allow' })]);
    before.rest();
    await after.take('http://named');
    await (await open(back)).append([draft('', { kind: 'request.received', callId: 'named_live', outcome: 'allow' })]);
    for (let look = 0; look < 5; look += 1) {
      at = new Date(at.getTime() + 5_000);
      await after.renew();
      await sweepOpenCalls({ pool: world.pool, ledger: ledgers[0] as Ledger, origin, now });
      await passBetweenLooks(world.admin, 5_000);
    }
    after.rest();
    expect(await endings('named\\_lost')).toEqual({ calls: 1, entries: 1 });
    expect(await endings('named\\_live')).toEqual({ calls: 0, entries: 0 });
  });
});

describe('a living gateway', () => {
  const living = 'gw-living';
  const november = `${origin}/2099-11`;
  let month = '2099-11-30T23:00:00Z';
  let gateway: Ledger;
  const sweep = () => sweepOpenCalls({ pool: world.pool, ledger: gateway, origin, now });
  const call = (callId: string, kind: 'request.received' | 'response.recorded' | 'call.held') =>
    draft('', { kind, callId, outcome: 'allow' });

  beforeAll(async () => {
    gateway = await world.open({ instance: living, now: () => new Date(month) });
    await world.pool.query(
      `insert into countersign.gateway_instance (id, url, started_at, lease_until) values ($1, '', $2, $2)`,
      [living, before],
    );
  });

  test('is followed as far as its calls have ended, and no further', async () => {
    for (let n = 0; n < 1_200; n += 100) {
      const ended = Array.from({ length: 100 }, (_, i) => `followed_${n + i}`);
      await gateway.append(ended.flatMap((id) => [call(id, 'request.received'), call(id, 'response.recorded')]));
    }
    const [last] = await gateway.append([call('followed_open', 'request.received')]);
    await gateway.append([call('followed_after', 'request.received'), call('followed_after', 'response.recorded')]);
    expect(await sweep()).toBe(0);
    // Each call has two entries, and the mark names the first of the last one that has both.
    expect(await markOf(living)).toEqual({ log: november, seq: String((last?.seq ?? 0) - 2), swept: false });
  });

  test('is followed into the next month once what was open has ended there', async () => {
    month = '2099-12-01T00:00:00Z';
    const [, answer] = await gateway.append([draft('next month'), call('followed_open', 'response.recorded')]);
    expect(await sweep()).toBe(0);
    expect(await markOf(living)).toMatchObject({ log: `${origin}/2099-12`, seq: '-1' });
    expect(answer?.seq).toBe(2);
  });

  test('that dies leaves only what came after to be looked at, and its open calls are ended', async () => {
    await gateway.append([call('followed_dead', 'request.received'), call('followed_dead', 'call.held')]);
    await world.pool.query('update countersign.gateway_instance set stopped_at = $2 where id = $1', [living, now()]);
    expect(await sweep()).toBe(1);
    expect(await endings('followed\\_dead')).toEqual({ calls: 1, entries: 1 });
    expect(await endings('followed\\_%')).toEqual({ calls: 1, entries: 1 });
    expect(await markOf(living)).toMatchObject({ log: `${origin}/2099-12`, swept: true });
  });
});
