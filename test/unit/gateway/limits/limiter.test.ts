import { describe, expect, test } from 'vitest';
import type { JudgedCall } from '../../../../gateway/call.ts';
import { limitSchema } from '../../../../gateway/config/limit-schema.ts';
import { budgetIdleMs } from '../../../../gateway/limits/account.ts';
import { compileLimit, type Limit } from '../../../../gateway/limits/limit.ts';
import { Limiter } from '../../../../gateway/limits/limiter.ts';
import { createChance } from '../../../support/chance.ts';

const limit = (file: object): Limit => compileLimit(limitSchema.parse(file));

/** A limiter with a clock and a fleet in the hands of a test. */
function limiterOf(...limits: Limit[]) {
  const state = { nowMs: 1_000, gateways: 1, limits: limits as readonly Limit[] };
  const limiter = new Limiter({
    limits: () => state.limits,
    gateways: () => state.gateways,
    uptimeMs: () => state.nowMs,
  });
  return { state, limiter };
}

const call = (changes: object = {}): JudgedCall =>
  ({
    callId: 'call_1',
    kind: 'request',
    method: 'tools/call',
    tool: 'read',
    connection: { name: 'ops' },
    caller: { issuer: 'i', subject: 's', groups: ['bots'], actors: [] },
    principal: 'i#s',
    sessionId: 'ses_1',
    judgement: { verdict: 'allow', ruleIds: [] },
    ...changes,
  }) as unknown as JudgedCall;

describe('a call', () => {
  test('that no limit speaks of is let through as it is', () => {
    const { limiter } = limiterOf(limit({ id: 'other', match: { connection: 'db' }, concurrent: 1 }));
    const one = call();
    expect(limiter.admit(one)).toBe(one);
    expect(limiterOf().limiter.admit(one)).toBe(one);
  });

  test('beyond a rate reads which limit it was and when to come back', () => {
    const rated = limit({ id: 'calm', rate: { calls: 1, within: '1m' }, reason: 'Bots are slow.' });
    const { limiter, state } = limiterOf(rated);
    expect(limiter.admit(call()).turnedAway).toBeUndefined();
    state.nowMs += 15_000;
    expect(limiter.admit(call())).toMatchObject({
      judgement: { verdict: 'block', ruleIds: ['countersign.limited/calm'], reason: 'Bots are slow.' },
      turnedAway: {
        code: 'limited',
        rule: 'countersign.limited/calm',
        retryAfterMs: 45_000,
        sentence: 'Limited: a caller has 1 calls in 60 s (limit calm). Bots are slow. Nothing ran; call again in 45 s.',
      },
    });
    state.nowMs += 45_000;
    expect(limiter.admit(call()).turnedAway).toBeUndefined();
  });

  test.each([
    ['caller', { principal: 'i#other' }, { connection: { name: 'db' }, sessionId: 'ses_2' }],
    ['connection', { connection: { name: 'db' } }, { principal: 'i#other', sessionId: 'ses_2' }],
    ['session', { sessionId: 'ses_2' }, { principal: 'i#other', connection: { name: 'db' } }],
  ])('is counted per %s', (per, apart, together) => {
    const rate = { calls: 1, within: '1m' };
    const { limiter } = limiterOf(limit({ id: 'one', per, rate }));
    expect(limiter.admit(call()).turnedAway).toBeUndefined();
    expect(limiter.admit(call(apart)).turnedAway).toBeUndefined();
    expect(limiter.admit(call(together)).turnedAway).toBeDefined();
  });

  test('that one limit turns away costs nothing of another, and the longest wait is told', () => {
    const wide = limit({ id: 'wide', rate: { calls: 2, within: '1h' } });
    const narrow = limit({ id: 'narrow', rate: { calls: 1, within: '1m' } });
    const { limiter, state } = limiterOf(wide, narrow);
    expect(limiter.admit(call()).turnedAway).toBeUndefined();
    for (let again = 0; again < 5; again += 1) {
      expect(limiter.admit(call()).turnedAway?.rule).toBe('countersign.limited/narrow');
    }
    state.nowMs += 60_000;
    expect(limiter.admit(call()).turnedAway).toBeUndefined();
    expect(limiter.admit(call()).turnedAway?.rule).toBe('countersign.limited/wide');
  });

  test('that waits for a person is not counted as under way, and counts for rate and budget', () => {
    const { limiter } = limiterOf(limit({ id: 'one', concurrent: 1 }), limit({ id: 'two', budget: { calls: 3 } }));
    const held = call({ judgement: { verdict: 'hold', ruleIds: [] } });
    expect(limiter.admit(held).turnedAway).toBeUndefined();
    expect(limiter.admit(held).turnedAway).toBeUndefined();
    expect(limiter.admit(call()).turnedAway).toBeUndefined();
    expect(limiter.admit(held).turnedAway?.sentence).toContain('the 3 calls of this caller are spent');
  });

  test('that wants no answer counts for the rate alone', () => {
    const { limiter } = limiterOf(limit({ id: 'one', concurrent: 1, rate: { calls: 2, within: '1m' } }));
    const notification = call({ kind: 'notification', method: 'notifications/x', tool: undefined });
    for (const expected of [false, false, true]) {
      expect(limiter.admit(notification).turnedAway !== undefined).toBe(expected);
    }
  });
});

describe('what is under way', () => {
  test('is counted exactly, however calls begin and end', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const chance = createChance(seed);
      const most = 1 + chance.below(5);
      const limits = [
        limit({ id: 'caller', concurrent: most }),
        limit({ id: 'connection', per: 'connection', concurrent: most + chance.below(3) }),
        limit({ id: 'rate', rate: { calls: 30, within: '1s' } }),
      ];
      const { limiter, state } = limiterOf(...limits);
      const open: JudgedCall[] = [];
      for (let step = 0; step < 300; step += 1) {
        const principal = chance.pick(['i#a', 'i#b', 'i#c']);
        if (chance.below(2) === 0) {
          const admitted = limiter.admit(call({ principal, connection: { name: chance.pick(['x', 'y']) } }));
          if (admitted.turnedAway === undefined) open.push(admitted);
        } else {
          const [ended] = open.splice(chance.below(open.length), 1);
          ended?.admission?.end();
          // Whoever ends it twice ends it once.
          if (chance.below(3) === 0) ended?.admission?.end();
        }
        state.nowMs += chance.below(100);
        for (const each of ['i#a', 'i#b', 'i#c']) {
          if (open.filter((one) => one.principal === each).length > most) throw new Error(`seed ${seed}: too many`);
        }
        const counted = limits.slice(0, 2).map((each) => limiter.underWay(each));
        if (counted.some((count) => count !== open.length)) throw new Error(`seed ${seed}: ${counted.join()}`);
      }
      for (const one of open) one.admission?.end();
      for (const each of limits) expect(limiter.underWay(each)).toBe(0);
    }
  });

  test('is a part of the whole when several gateways share it, and at least one', () => {
    const { limiter, state } = limiterOf(limit({ id: 'five', concurrent: 5 }));
    state.gateways = 2;
    const admitted = Array.from({ length: 5 }, () => limiter.admit(call())).filter((one) => !one.turnedAway);
    expect(admitted).toHaveLength(3);
    for (const one of admitted) one.admission?.end();
    state.gateways = 9;
    expect(limiter.admit(call()).turnedAway).toBeUndefined();
    expect(limiter.admit(call()).turnedAway?.retryAfterMs).toBe(1_000);
  });
});

describe('a budget', () => {
  test('is spent by calls and by the bytes of answers, and whole again after an hour without a call', () => {
    const { limiter, state } = limiterOf(
      limit({ id: 'spend', per: 'session', budget: { calls: 9, answerBytes: 100 } }),
    );
    const first = limiter.admit(call());
    first.admission?.answered(60);
    first.admission?.end();
    const second = limiter.admit(call());
    second.admission?.answered(60);
    second.admission?.end();
    const refused = limiter.admit(call());
    expect(refused.turnedAway?.sentence).toContain('the 100 bytes of answers of this session are spent');
    expect(refused.turnedAway?.retryAfterMs).toBe(budgetIdleMs);
    state.nowMs += budgetIdleMs - 1;
    expect(limiter.admit(call()).turnedAway).toBeDefined();
    state.nowMs += 1;
    expect(limiter.admit(call()).turnedAway).toBeUndefined();
  });
});

describe('a configuration that is loaded again', () => {
  test('goes on counting where a limit is as it was, and begins where it changed', () => {
    const file = { id: 'one', rate: { calls: 1, within: '1m' } };
    const { limiter, state } = limiterOf(limit(file));
    limiter.admit(call());
    state.limits = [limit({ ...file, reason: 'other words' })];
    expect(limiter.admit(call()).turnedAway?.reason).toBe('other words');
    state.limits = [limit({ ...file, rate: { calls: 2, within: '1m' } })];
    expect(limiter.admit(call()).turnedAway).toBeUndefined();
  });
});

describe('what a limit has counted', () => {
  test('is forgotten once it changes nothing any more, and not while it does', () => {
    const rated = limit({ id: 'one', rate: { calls: 1, within: '1m' }, concurrent: 1 });
    const { limiter, state } = limiterOf(rated);
    const open = limiter.admit(call({ principal: 'i#open' }));
    for (let n = 0; n < 1_000; n += 1) limiter.admit(call({ principal: `i#${n}` })).admission?.end();
    state.nowMs += 60_000;
    for (let n = 0; n < 1_000; n += 1) limiter.admit(call({ principal: `j#${n}` })).admission?.end();
    expect(limiter.accounts(rated)).toBeLessThan(1_010);
    expect(limiter.underWay(rated)).toBe(1);
    open.admission?.end();
    expect(limiter.underWay(rated)).toBe(0);
  });
});
