import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JudgedCall } from '../../../../gateway/call.ts';
import { admit } from '../../../../gateway/limits/admit.ts';
import { Limiter } from '../../../../gateway/limits/limiter.ts';
import type { Pause, SharedState } from '../../../../gateway/limits/pause-store.ts';
import { Pauses } from '../../../../gateway/limits/pauses.ts';

const at = '2026-11-24T12:00:00.000Z';
const now = () => new Date(at);
const pause = (scope: Pause['scope'], target = ''): Pause => ({
  scope,
  target,
  reason: 'Freeze.',
  by: 'i#op',
  at,
  now: false,
});

const call = (changes: object = {}): JudgedCall =>
  ({
    callId: 'call_1',
    kind: 'request',
    method: 'tools/call',
    connection: { name: 'ops' },
    caller: { issuer: 'i', subject: 's', groups: [], actors: [] },
    principal: 'i#s',
    judgement: { verdict: 'allow', ruleIds: [] },
    reply: {},
    ...changes,
  }) as unknown as JudgedCall;

/** One gateway's view of what is paused, over a database in the hands of a test. */
function track() {
  const database = { pauses: [] as Pause[], over: [] as Pause[], gateways: 1, away: false, silent: false, reads: 0 };
  const cleared: Pause[] = [];
  const sets: Pause[] = [];
  const pauses = new Pauses({
    read: async (): Promise<SharedState> => {
      database.reads += 1;
      if (database.silent) await new Promise(() => undefined);
      if (database.away) throw new Error('away');
      return { pauses: [...database.pauses], over: [...database.over], gateways: database.gateways };
    },
    uptimeMs: () => performance.now(),
    onSet: (set) => void sets.push(set),
    clear: async (over) => void cleared.push(over),
    log: pino({ enabled: false }),
  });
  const limiter = new Limiter({ limits: () => [], gateways: () => 1, uptimeMs: () => 0 });
  return { database, pauses, cleared, sets, admit: (one: JudgedCall) => admit({ pauses, limiter, now }, one) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a pause', () => {
  test.each([
    ['everything', pause('everything'), true, true],
    ['this connection', pause('connection', 'ops'), true, false],
    ['this caller', pause('caller', 'i#s'), false, true],
    ['another caller', pause('caller', 'i#t'), false, false],
  ])('of %s stops what it speaks of, and nothing else', async (_what, one, otherCaller, otherConnection) => {
    const { database, pauses } = track();
    database.pauses.push(one);
    await pauses.start();
    expect(pauses.of(call())).toEqual(one.target === 'i#t' ? undefined : one);
    expect(pauses.of(call({ principal: 'i#u' })) !== undefined).toBe(otherCaller);
    expect(pauses.of(call({ connection: { name: 'db' } })) !== undefined).toBe(otherConnection);
    pauses.stop();
  });

  test('of a caller stops it also when it acts for somebody else', async () => {
    const { database, pauses } = track();
    database.pauses.push(pause('caller', 'i#agent'));
    await pauses.start();
    const acting = { issuer: 'i', subject: 's', groups: [], actors: ['desk', 'agent'] };
    expect(pauses.of(call({ caller: acting }))).toBeDefined();
    expect(pauses.of(call({ caller: { ...acting, issuer: 'j' }, principal: 'j#s' }))).toBeUndefined();
    pauses.stop();
  });

  test('is in force within a second of its commit, and so is its end', async () => {
    const { database, pauses } = track();
    await pauses.start();
    await vi.advanceTimersByTimeAsync(10_010);
    database.pauses.push(pause('everything'));
    await vi.advanceTimersByTimeAsync(500);
    expect(pauses.of(call())).toBeDefined();
    database.pauses.pop();
    await vi.advanceTimersByTimeAsync(500);
    expect(pauses.of(call())).toBeUndefined();
    pauses.stop();
  });

  test('is told of once when it is set, and again when it is set anew', async () => {
    const { database, pauses, sets } = track();
    await pauses.start();
    database.pauses = [pause('everything')];
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sets).toEqual(database.pauses);
    database.pauses = [{ ...pause('everything'), at: '2026-11-24T12:00:01.000Z', now: true }];
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sets).toHaveLength(2);
    pauses.stop();
  });

  test('whose time is over is cleared away by who sees it', async () => {
    const { database, pauses, cleared } = track();
    database.over.push(pause('connection', 'ops'));
    await pauses.start();
    expect(pauses.of(call())).toBeUndefined();
    expect(cleared).toEqual(database.over);
    pauses.stop();
  });
});

describe('a message while there is a pause', () => {
  test.each([
    ['a call', {}],
    ['a list', { method: 'tools/list' }],
    ['the handshake', { method: 'initialize' }],
    ['a question about a task', { method: 'tasks/get', judgement: { verdict: 'own', ruleIds: [] } }],
    ['what policy blocks', { judgement: { verdict: 'block', ruleIds: ['r'], reason: 'no' } }],
    ['a notification', { kind: 'notification', method: 'notifications/initialized' }],
    ['an answer to its server', { kind: 'response', method: '' }],
  ])('is turned away: %s', async (_what, changes) => {
    const { database, pauses, admit: admitted } = track();
    database.pauses.push({ ...pause('connection', 'ops'), until: '2026-11-24T12:00:30.000Z' });
    await pauses.start();
    expect(await admitted(call(changes))).toMatchObject({
      judgement: { verdict: 'block', ruleIds: ['countersign.paused'], reason: 'Freeze.' },
      turnedAway: {
        code: 'paused',
        reason: 'Freeze.',
        retryAfterMs: 30_000,
        sentence: expect.stringContaining('Paused: the connection ops is stopped by an operator, until 2026-11-24'),
      },
    });
    pauses.stop();
  });

  test.each([
    ['a call', { kind: 'notification', method: 'notifications/cancelled' }],
    ['a task', { method: 'tasks/cancel' }],
  ])('that takes back %s gets through', async (_what, changes) => {
    const { database, pauses, admit: admitted } = track();
    database.pauses.push(pause('everything'));
    await pauses.start();
    const one = call(changes);
    expect(await admitted(one)).toBe(one);
    pauses.stop();
  });
});

describe('a gateway that cannot read what is paused', () => {
  test('lets nothing through by what it knew a second ago, and says so within two seconds', async () => {
    const { database, pauses, admit: admitted } = track();
    await pauses.start();
    await vi.advanceTimersByTimeAsync(10_010);
    database.silent = true;
    const one = call();
    expect(admitted(one)).toBe(one);
    await vi.advanceTimersByTimeAsync(1_000);
    const refused = expect(admitted(one)).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    await vi.advanceTimersByTimeAsync(1_600);
    await refused;
    pauses.stop();
  });

  test('lets a call wait for a database that is back in time, and judges it by the news', async () => {
    const { database, pauses, admit: admitted } = track();
    await pauses.start();
    database.away = true;
    await vi.advanceTimersByTimeAsync(5_000);
    const waiting = admitted(call());
    database.pauses.push(pause('everything'));
    database.away = false;
    await vi.advanceTimersByTimeAsync(300);
    expect((await waiting).turnedAway?.code).toBe('paused');
    pauses.stop();
  });

  test('still lets its callers take back what is under way', async () => {
    const { database, pauses, admit: admitted } = track();
    await pauses.start();
    database.away = true;
    await vi.advanceTimersByTimeAsync(5_000);
    const one = call({ kind: 'notification', method: 'notifications/cancelled' });
    expect(admitted(one)).toBe(one);
    pauses.stop();
  });
});

describe('what waits for a pause to be lifted', () => {
  test('goes on when it is lifted, when its time is over, and when the gateway stops', async () => {
    const { database, pauses } = track();
    database.pauses.push(pause('everything'));
    await pauses.start();
    const ends: string[] = [];
    const wait = (name: string, ms: number) => void pauses.untilLifted(call(), ms).then(() => ends.push(name));
    wait('short', 1_000);
    wait('long', 60_000);
    await vi.advanceTimersByTimeAsync(999);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toEqual(['short']);
    database.pauses.pop();
    await vi.advanceTimersByTimeAsync(300);
    expect(ends).toEqual(['short', 'long']);
    database.pauses.push(pause('everything'));
    await vi.advanceTimersByTimeAsync(300);
    wait('stopped', 60_000);
    pauses.letGo();
    await vi.advanceTimersByTimeAsync(0);
    expect(ends.at(-1)).toBe('stopped');
    pauses.stop();
  });
});
