import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { KnownCall } from '../../../../gateway/call.ts';
import { recordedPerMinuteMax, RefusalFloods } from '../../../../gateway/limits/refusal-floods.ts';
import type { Refusal } from '../../../../gateway/release/refusal.ts';
import type { EntryDraft } from '../../../../workflows/contract/entry.ts';
import { LedgerUnavailable } from '../../../../workflows/evidence/ledger.ts';
import { createChance } from '../../../support/chance.ts';

const blocked = (rule = 'r'): Refusal => ({ code: 'blocked', callId: 'c', sentence: 'no', rule });
const callOf = (subject = 's', connection = 'ops') =>
  ({ principal: `i#${subject}`, connection: { name: connection } }) as unknown as KnownCall;

interface Facts {
  readonly flood: string;
  readonly count?: number;
}

/** Floods over a ledger in the hands of a test. An entry with a `once` key stands once, as in the real one. */
function track() {
  const state = { nowMs: 0, away: false, committedAway: false };
  const entries: EntryDraft[] = [];
  const order: string[] = [];
  let floodIds = 0;
  const floods = new RefusalFloods({
    ledger: {
      append: async ([draft]) => {
        await Promise.resolve();
        if (draft === undefined || state.away) throw new LedgerUnavailable('away');
        const isThere = draft.once !== undefined && entries.some(({ once }) => once === draft.once);
        if (!isThere) entries.push(draft);
        order.push(`entry ${draft.outcome ?? ''}`);
        if (state.committedAway) throw new LedgerUnavailable('in doubt');
        return [{ seq: entries.length, id: 'e' }];
      },
    },
    now: () => new Date(state.nowMs),
    uptimeMs: () => state.nowMs,
    newFloodId: () => `fld_${(floodIds += 1)}`,
    log: pino({ enabled: false }),
  });
  const refuse = async (call = callOf(), refusal = blocked()): Promise<'recorded' | 'counted'> => {
    const how = await floods.record<'recorded' | 'counted'>(
      call,
      refusal,
      () => Promise.resolve('recorded'),
      () => 'counted',
    );
    order.push(how);
    return how;
  };
  const counted = (): number => entries.reduce((sum, { facts }) => sum + ((facts as unknown as Facts).count ?? 0), 0);
  const story = (): string[] => entries.map(({ outcome }) => outcome ?? '');
  return { state, entries, order, floods, refuse, counted, story };
}

async function times<T>(count: number, each: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, () => each()));
}

describe('refusals', () => {
  test('are recorded one by one as long as they are few', async () => {
    const { state, entries, refuse, floods } = track();
    for (let minute = 0; minute < 5; minute += 1) {
      expect(new Set(await times(recordedPerMinuteMax, refuse))).toEqual(new Set(['recorded']));
      await floods.look();
      state.nowMs += 60_000;
    }
    expect(entries).toEqual([]);
  });

  test('of a flood are counted, once the ledger says so and not before', async () => {
    const { entries, order, refuse } = track();
    await times(recordedPerMinuteMax + 500, () => refuse());
    expect(order.filter((each) => each === 'recorded')).toHaveLength(recordedPerMinuteMax);
    expect(order.filter((each) => each === 'counted')).toHaveLength(500);
    expect(order.indexOf('entry opened')).toBeLessThan(order.indexOf('counted'));
    expect(entries).toMatchObject([
      {
        kind: 'refusals.counted',
        outcome: 'opened',
        principal: 'i#s',
        connection: 'ops',
        facts: { code: 'blocked', rule: 'r', flood: 'fld_1', recordedPerMinute: recordedPerMinuteMax },
      },
    ]);
  });

  test('are counted apart by caller, connection and rule', async () => {
    const { refuse } = track();
    await times(recordedPerMinuteMax, refuse);
    expect(await refuse()).toBe('counted');
    expect(await refuse(callOf('other'))).toBe('recorded');
    expect(await refuse(callOf('s', 'db'))).toBe('recorded');
    expect(await refuse(callOf(), blocked('other'))).toBe('recorded');
  });

  test('that no entry can tell of are not answered', async () => {
    const { state, refuse } = track();
    await times(recordedPerMinuteMax, refuse);
    state.away = true;
    await expect(refuse()).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    state.away = false;
    expect(await refuse()).toBe('counted');
  });
});

describe('a flood', () => {
  test('has its count in the ledger each minute, and ends with the first minute that is calm', async () => {
    const { state, entries, refuse, floods, story, counted } = track();
    await times(recordedPerMinuteMax + 100, () => refuse());
    state.nowMs += 59_999;
    await floods.look();
    expect(story()).toEqual(['opened']);
    state.nowMs += 1;
    await floods.look();
    expect(entries.at(-1)?.facts).toMatchObject({
      count: 100,
      from: '1970-01-01T00:00:00.000Z',
      to: '1970-01-01T00:01:00.000Z',
    });
    await times(recordedPerMinuteMax, refuse);
    state.nowMs += 60_000;
    await floods.look();
    expect(story()).toEqual(['opened', 'counted', 'ended']);
    expect(counted()).toBe(100 + recordedPerMinuteMax);
    expect(await refuse()).toBe('recorded');
  });

  test('is told to its end when the gateway stops', async () => {
    const { refuse, floods, story, counted } = track();
    await times(recordedPerMinuteMax + 7, () => refuse());
    await floods.stop();
    expect(story()).toEqual(['opened', 'ended']);
    expect(counted()).toBe(7);
  });

  test('loses and doubles no count while the ledger is away, or in doubt', async () => {
    const { state, refuse, floods, counted } = track();
    await times(recordedPerMinuteMax + 70, () => refuse());
    state.nowMs += 60_000;
    state.committedAway = true;
    await floods.look();
    state.committedAway = false;
    state.away = true;
    await times(80, () => refuse());
    await floods.look();
    state.away = false;
    state.nowMs += 60_000;
    await floods.look();
    expect(counted()).toBe(150);
  });

  test('is as large as what was refused, however refusals, looks, outages and the end fall', async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const chance = createChance(seed);
      const { state, refuse, floods, counted } = track();
      const asked: Promise<'recorded' | 'counted' | 'refused'>[] = [];
      for (let step = 0; step < 60; step += 1) {
        const subject = chance.pick(['a', 'b']);
        for (let n = chance.below(40); n > 0; n -= 1) {
          asked.push(refuse(callOf(subject)).catch(() => 'refused' as const));
        }
        if (chance.below(3) === 0) await Promise.all(asked);
        state.away = chance.below(8) === 0;
        state.committedAway = chance.below(8) === 0;
        state.nowMs += chance.pick([0, 100, 5_000, 60_000]);
        await floods.look();
      }
      state.away = false;
      state.committedAway = false;
      const ends = await Promise.all(asked);
      await floods.stop();
      await floods.look();
      expect(counted(), `seed ${seed}`).toBe(ends.filter((end) => end === 'counted').length);
    }
  });
});
