import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InstanceLease } from '../../gateway/hold/instance-lease.ts';
import { settleExecution } from '../../workflows/activities/settle-execution.ts';
import { sweepOpenCalls } from '../../workflows/activities/sweep-open-calls.ts';
import { DatabaseAway, openDatabasePool } from '../../workflows/evidence/database-pool.ts';
import type { Ledger } from '../../workflows/evidence/ledger.ts';
import { passBetweenLooks } from '../support/between-looks.ts';
import { eventually } from '../support/eventually.ts';
import { createLedgerWorld, origin, type LedgerWorld } from '../support/ledger-world.ts';
import { createTemplate, startServer, type TestServer } from '../support/postgres.ts';

const hourMs = 3_600_000;
const sweepEveryMs = 5_000;
const silenceMs = 500;

let server: TestServer;
let world: LedgerWorld;

beforeAll(async () => {
  server = await startServer();
  await createTemplate(server.adminUrl);
});
afterAll(() => server.destroy());
beforeEach(async () => {
  world = await createLedgerWorld(server.adminUrl);
});
afterEach(() => world.close());

describe('a pool of a program', () => {
  let pool: pg.Pool;
  beforeEach(() => {
    pool = openDatabasePool({
      connectionString: world.appUrl,
      connectionsMax: 3,
      silenceMs,
      onLost: () => undefined,
    });
  });
  afterEach(() => pool.end());

  const ask = () => pool.query('select 1');
  const insert = (id: string) =>
    pool.query(`insert into countersign.gateway_instance (id, started_at, lease_until) values ($1, now(), now())`, [
      id,
    ]);

  test('says within its time that PostgreSQL is paused, to each of 200 callers, and goes on when it is back', async () => {
    await ask();
    await server.freeze();
    const began = performance.now();
    try {
      const told = await Promise.allSettled(Array.from({ length: 200 }, ask));
      for (const each of told) expect(each).toMatchObject({ status: 'rejected', reason: { name: 'DatabaseAway' } });
      expect(performance.now() - began).toBeLessThan(2 * silenceMs + 1_000);
      expect(pool.waitingCount).toBe(0);
    } finally {
      await server.thaw();
    }
    await eventually('an answer', () => ask().then(() => true as const));
  });

  test('survives that its connections are reset, and that the server takes no writes', async () => {
    await ask();
    await world.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'countersign'`);
    await eventually('an answer', () => ask().then(() => true as const));
    await world.admin.query('alter role countersign set default_transaction_read_only = on');
    await pool.query('set default_transaction_read_only = on').catch(() => undefined);
    await world.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'countersign'`);
    try {
      await eventually('writes are refused', () =>
        insert('read-only').then(
          () => undefined,
          (error: unknown) =>
            error instanceof DatabaseAway && /read-only/.test(String(error.cause)) ? true : undefined,
        ),
      );
    } finally {
      await world.admin.query('alter role countersign reset default_transaction_read_only');
      await world.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'countersign'`);
    }
    await eventually('a write', () => insert('again').then(() => true as const));
  });

  test('hands on what PostgreSQL itself has against a statement', async () => {
    await insert('twice');
    await expect(insert('twice')).rejects.toMatchObject({ code: '23505' });
  });
});

describe('whoever sweeps', () => {
  let ledger: Ledger;
  let elapsedMs: number;
  const sweeperClock = new Date();

  beforeEach(async () => {
    ledger = await world.open({ instance: 'worker' });
    elapsedMs = 0;
  });

  /** A gateway that works with its own clock, and has one call under way. */
  async function startGateway(instance: string, aheadMs: () => number) {
    const now = (): Date => new Date(sweeperClock.getTime() + elapsedMs + aheadMs());
    const lease = new InstanceLease({ pool: world.pool, instance, now, log: pino({ level: 'silent' }) });
    await lease.take('http://gateway');
    lease.rest();
    const own = await world.open({ instance });
    const receive = (callId: string) => own.append([{ kind: 'request.received', callId, outcome: 'allow', facts: {} }]);
    return { lease, receive };
  }

  async function pass(ms: number): Promise<void> {
    elapsedMs += ms;
    await passBetweenLooks(world.admin, ms);
  }

  /** `between` is what happens before each look. A worker keeps nothing, so each look may be that of another one. */
  async function sweep(times: number, between: () => Promise<void> = () => Promise.resolve()): Promise<number> {
    let closed = 0;
    for (let each = 0; each < times; each += 1) {
      await between();
      closed += await sweepOpenCalls({ pool: world.pool, ledger, origin, now: () => sweeperClock });
      await pass(sweepEveryMs);
    }
    return closed;
  }

  test.each([
    ['an hour behind', () => -hourMs],
    ['an hour ahead', () => hourMs],
    ['that jumps an hour again and again', () => (elapsedMs % 20_000 < 10_000 ? hourMs : 0)],
  ])(
    'leaves a gateway alone that renews its lease by a clock %s, and ends its calls once it is dead',
    async (_how, ahead) => {
      const gateway = await startGateway('gw-1', ahead);
      await gateway.receive('call_1');
      expect(await sweep(8, () => gateway.lease.renew())).toBe(0);
      expect(await sweep(5)).toBe(1);
    },
  );

  test('leaves a gateway alone that an outage of PostgreSQL kept from renewing', async () => {
    const gateway = await startGateway('gw-1', () => 0);
    await gateway.receive('call_1');
    await sweep(2, () => gateway.lease.renew());
    await pass(60_000);
    expect(await sweep(1)).toBe(0);
    expect(await sweep(4, () => gateway.lease.renew())).toBe(0);
  });

  test.each([hourMs, -hourMs])(
    "counts no jump of PostgreSQL's own clock by %d ms, and goes on from what was seen before it",
    async (jumpMs) => {
      const gateway = await startGateway('gw-1', () => 0);
      await gateway.receive('call_1');
      expect(await sweep(3)).toBe(0);
      await passBetweenLooks(world.admin, jumpMs);
      expect(await sweep(1)).toBe(0);
      expect(await sweep(1)).toBe(1);
    },
  );

  test('ends the calls of a dead gateway although the workers that look die one after the other', async () => {
    const gateway = await startGateway('gw-1', () => 0);
    await gateway.receive('call_1');
    let closed = 0;
    for (let worker = 0; worker < 5; worker += 1) {
      closed += await sweep(2);
      await pass(20_000);
    }
    expect(closed).toBe(1);
  });

  test('adds no time twice when several look at once', async () => {
    const gateway = await startGateway('gw-1', () => 0);
    await gateway.receive('call_1');
    const look = () => sweepOpenCalls({ pool: world.pool, ledger, origin, now: () => sweeperClock });
    for (let each = 0; each < 3; each += 1) {
      expect(await Promise.all([look(), look(), look(), look()])).toEqual([0, 0, 0, 0]);
      await pass(sweepEveryMs);
    }
    expect(await sweep(1)).toBe(1);
  });

  test('ends the later calls as well of a gateway that it had taken for dead and that came back', async () => {
    const gateway = await startGateway('gw-1', () => 0);
    await gateway.receive('call_1');
    expect(await sweep(5)).toBe(1);
    await gateway.lease.renew();
    await gateway.receive('call_2');
    expect(await sweep(6)).toBe(1);
  });

  test('settles the execution of a dead gateway whose lease ends in an hour, and of no living one', async () => {
    const recording = { callId: 'call_1', approvalId: 'apr_1', connection: 'ops', tool: 'apply', gatewayQueue: 'q' };
    const end = (atMs: number) => new Date(sweeperClock.getTime() + hourMs + atMs);
    await world.pool.query(
      `insert into countersign.approval
         (id, workflow_id, connection, tool, method, caller, rule, request, action_digest, nonce, policy_digest, state,
          opened_at, expires_at)
       values ('apr_1', 'w', 'ops', 'apply', 'tools/call', '{}', '{}', '{}', '00', '\\x00', '00', 'open', $1, $1)`,
      [sweeperClock],
    );
    await world.pool.query(
      `insert into countersign.execution (call_id, approval_id, state, executor, lease_until, started_at)
       values ('call_1', 'apr_1', 'executing', 'gw-1', $1, $1)`,
      [end(0)],
    );
    const settle = () => settleExecution({ pool: world.pool, ledger, now: () => sweeperClock }, recording as never);
    const untilMs = 30_000;
    for (; elapsedMs < untilMs; await pass(sweepEveryMs)) {
      await world.pool.query(`update countersign.execution set lease_until = $1`, [end(elapsedMs)]);
      await expect(settle()).rejects.toThrow('still holds');
    }
    for (; elapsedMs < untilMs + 10_000; await pass(sweepEveryMs)) {
      await expect(settle()).rejects.toThrow('still holds');
    }
    expect(await settle()).toEqual({ code: 'unknown' });
  });
});
