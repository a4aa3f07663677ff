import { describe, expect, test } from 'vitest';
import { RateWindow, type Rate } from '../../../../gateway/limits/rate-window.ts';
import { createChance } from '../../../support/chance.ts';

const seeds = Array.from({ length: 100 }, (_, seed) => seed + 1);

/** Callers that come at random, and some exactly when they are told to; returns when those that were let in came. */
function run(rate: Rate, sharers: number, seed: number): number[] {
  const chance = createChance(seed);
  const window = new RateWindow(rate);
  const taken: number[] = [];
  for (let step = 0, nowMs = 1_000; step < 400; step += 1) {
    const waitMs = window.waitMs(nowMs, sharers);
    if (waitMs === 0) {
      window.take(nowMs, sharers);
      taken.push(nowMs);
    } else {
      const isTold = waitMs > 0 && window.waitMs(nowMs, sharers) === waitMs;
      if (!isTold) throw new Error(`seed ${seed}: told to wait ${waitMs} ms`);
    }
    nowMs += chance.pick([0, 0, 1, chance.below(50), Math.ceil(waitMs), chance.below(rate.withinMs * 2)]);
  }
  return taken;
}

const mostIn = (taken: readonly number[], withinMs: number): number =>
  Math.max(...taken.map((from) => taken.filter((at) => at >= from && at < from + withinMs).length));

describe('a rate', () => {
  test.each([1, 2, 3])('of which %i gateways keep a part is never exceeded in any stretch of time', (sharers) => {
    for (const seed of seeds) {
      const chance = createChance(seed);
      const rate = { calls: 1 + chance.below(20), withinMs: 100 + chance.below(1_000), burst: undefined };
      const taken = run(rate, sharers, seed);
      expect(mostIn(taken, rate.withinMs), `seed ${seed}`).toBeLessThanOrEqual(Math.ceil(rate.calls / sharers));
    }
  });

  test('with a burst has no more than that at once, and the rest evenly', () => {
    for (const seed of seeds) {
      const chance = createChance(seed);
      const calls = 2 + chance.below(20);
      const rate = { calls, withinMs: 1_000, burst: 1 + chance.below(calls) };
      const taken = run(rate, 1, seed);
      const everyMs = rate.withinMs / calls;
      for (const stretchMs of [1, everyMs, 10 * everyMs]) {
        const most = rate.burst + Math.floor(stretchMs / everyMs);
        expect(mostIn(taken, stretchMs), `seed ${seed}`).toBeLessThanOrEqual(most);
      }
      expect(mostIn(taken, rate.withinMs)).toBeLessThanOrEqual(calls);
    }
  });

  test('lets as many through as it says, and says when the next one fits', () => {
    const window = new RateWindow({ calls: 3, withinMs: 60_000, burst: undefined });
    for (const atMs of [0, 10_000, 20_000]) {
      expect(window.waitMs(atMs, 1)).toBe(0);
      window.take(atMs, 1);
    }
    expect(window.waitMs(30_000, 1)).toBe(30_000);
    expect(window.waitMs(59_999, 1)).toBe(1);
    expect(window.waitMs(60_000, 1)).toBe(0);
    window.take(60_000, 1);
    expect(window.waitMs(60_000, 1)).toBe(10_000);
  });

  test('that more gateways share from now on counts what it has let through before', () => {
    const window = new RateWindow({ calls: 4, withinMs: 1_000, burst: undefined });
    for (const atMs of [0, 100, 200, 300]) window.take(atMs, 1);
    expect(window.waitMs(300, 2)).toBe(900);
    expect(window.waitMs(1_200, 2)).toBe(0);
  });
});
