import { beforeEach, expect, test } from 'vitest';
import { LeaseWatch } from '../../../../workflows/evidence/lease-watch.ts';

const leaseMs = 15_000;
const renewEveryMs = 5_000;
const hourMs = 3_600_000;

let elapsedMs: number;
let watch: LeaseWatch;
beforeEach(() => {
  elapsedMs = 0;
  watch = new LeaseWatch(() => elapsedMs);
});

/** Looks every five seconds at a lease that ends when `leaseAt` says, for a minute. */
function looks(leaseAt: (elapsedMs: number) => number): boolean[] {
  const seen: boolean[] = [];
  for (elapsedMs = 0; elapsedMs <= 60_000; elapsedMs += renewEveryMs) {
    seen.push(watch.isSilent('gateway', new Date(leaseAt(elapsedMs))));
  }
  return seen;
}

test('a holder that renews is alive, whatever its clock says and wherever it jumps', () => {
  const clocks = [0, hourMs, -hourMs];
  for (const ahead of clocks) expect(looks((at) => at + leaseMs + ahead)).not.toContain(true);
  expect(looks((at) => at + leaseMs + (at > 30_000 ? hourMs : 0))).not.toContain(true);
  expect(looks((at) => at + leaseMs - (at > 30_000 ? hourMs : 0))).not.toContain(true);
});

test('a holder that stopped is dead after fifteen seconds, also when its lease ends in an hour', () => {
  for (const end of [leaseMs, hourMs, -hourMs]) {
    const seen = looks(() => end);
    expect(seen.indexOf(true) * renewEveryMs).toBe(leaseMs);
  }
});

test('whoever could not look has seen nothing: a holder that was cut off as well gets its time', () => {
  expect(watch.isSilent('gateway', new Date(leaseMs))).toBe(false);
  elapsedMs = 40_000;
  expect(watch.isSilent('gateway', new Date(leaseMs))).toBe(false);
  elapsedMs = 45_000;
  expect(watch.isSilent('gateway', new Date(45_000 + leaseMs))).toBe(false);
});

test('one that is watched does not hide another', () => {
  looks(() => leaseMs);
  expect(watch.isSilent('another', new Date(leaseMs))).toBe(false);
});
