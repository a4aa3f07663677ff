import { describe, expect, test } from 'vitest';
import {
  answersAreRecorded,
  endsAreKnown,
  executionsAreAllowed,
  grantsRunOnce,
  isExpectedEnd,
  unknownHasItsDeath,
  type Death,
  type Testimony,
} from '../../../crash/promises.ts';
import { endsOwed, type TaskEnds } from '../../../crash/ends.ts';
import type { SeenEntry } from '../../../crash/witness.ts';

const call = 'call_1';
const approval = 'apr_1';
const marker = 'cm1x1z';

function entry(kind: string, outcome: string | null, atMs: number, more: Partial<SeenEntry> = {}): SeenEntry {
  const base = { seq: atMs, callId: call, approvalId: null, tool: 'apply_config', instance: 'gateway-a', why: null };
  return { ...base, kind, outcome, atMs, ...more };
}

function testimony(entries: readonly SeenEntry[], markers: { requested?: string; answered?: string } = {}): Testimony {
  const ofApproval = entries.filter(({ approvalId }) => approvalId === approval);
  return {
    entries,
    byCall: new Map([[call, entries]]),
    byApproval: new Map(ofApproval.length === 0 ? [] : [[approval, ofApproval]]),
    requested: new Set([markers.requested ?? '']),
    answered: new Set([markers.answered ?? '']),
    contents: new Set(),
  };
}

describe('the crash test notices', () => {
  test('an answer that a client saw and nobody recorded', () => {
    const seen = [{ marker, code: 'answered', content: '[]' }];
    expect(answersAreRecorded(testimony([]), seen)).toHaveLength(1);
    expect(answersAreRecorded(testimony([], { answered: marker }), seen)).toEqual([]);
  });

  test('a refusal that is recorded as something else', () => {
    const seen = [{ marker, code: 'denied', content: '[]', callId: call }];
    const received = entry('request.received', 'hold', 1);
    expect(answersAreRecorded(testimony([received, entry('call.closed', 'expired', 2)]), seen)).toHaveLength(1);
    expect(answersAreRecorded(testimony([received, entry('call.closed', 'denied', 2)]), seen)).toEqual([]);
  });

  test('a call that ends in a way that no death explains', () => {
    const ended = (outcome: string) =>
      testimony([entry('request.received', 'hold', 1_000), entry('call.closed', outcome, 9_000)]);
    const death = (program: string, atMs: number, backAtMs: number) => [
      { program, instance: undefined, atMs, backAtMs },
    ];
    expect(endsAreKnown(ended('expired'), [])).toEqual([]);
    expect(endsAreKnown(ended('blocked'), death('postgres', 5_000, 6_000))).toHaveLength(1);
    expect(endsAreKnown(ended('withheld'), death('ops', 5_000, 6_000))).toHaveLength(1);
    expect(endsAreKnown(ended('withheld'), death('postgres', 5_000, 6_000))).toEqual([]);
    expect(endsAreKnown(ended('unavailable'), death('ops', 20_000, 21_000))).toHaveLength(1);
    expect(endsAreKnown(ended('unavailable'), death('ops', 8_000, 20_000))).toEqual([]);
    const joined = [
      entry('call.held', null, 40_000, { callId: 'call_0', approvalId: approval }),
      entry('request.received', 'hold', 90_000),
      entry('call.closed', 'unavailable', 91_000, { approvalId: approval }),
    ];
    expect(endsAreKnown(testimony(joined), death('ops', 50_000, 51_000))).toEqual([]);
    expect(endsAreKnown(testimony(joined), death('ops', 10_000, 11_000))).toHaveLength(1);
    expect(['answered', 'denied', 'unknown', 'withheld (why)'].map((end) => isExpectedEnd(end, false))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(isExpectedEnd('answered', true)).toBe(false);
  });

  test('a second execution of one grant, one before its approval, and one that was denied', () => {
    const told = testimony([], { requested: marker });
    const ran = (atMs: number) => ({ marker, tool: 'apply_config', at: new Date(atMs) });
    const grant = { marker, fences: 1, approvedAt: new Date(5), denied: false };
    expect(executionsAreAllowed(told, [ran(6)], [grant])).toEqual([]);
    expect(executionsAreAllowed(told, [ran(6), ran(7)], [grant])).toHaveLength(1);
    expect(executionsAreAllowed(told, [ran(4)], [grant])).toHaveLength(1);
    expect(executionsAreAllowed(told, [ran(6)], [{ ...grant, denied: true }])).toHaveLength(1);
    expect(executionsAreAllowed(told, [ran(6)], [{ ...grant, fences: 0 }])).toHaveLength(1);
    expect(executionsAreAllowed(testimony([]), [ran(6)], [grant])).toHaveLength(1);
  });

  test('a call that is not gated and was sent twice', () => {
    const ran = { marker, tool: 'get_config', at: new Date(1) };
    expect(executionsAreAllowed(testimony([], { requested: marker }), [ran, ran], [])).toHaveLength(1);
  });

  test('a grant whose fence was taken twice', () => {
    const taken = entry('call.executing', 'executing', 1, { approvalId: approval });
    expect(grantsRunOnce(testimony([taken]))).toEqual([]);
    expect(grantsRunOnce(testimony([taken, taken]))).toHaveLength(1);
  });

  test('an unknown outcome for which nothing died after the fence', () => {
    const told = testimony([entry('request.received', 'hold', 1_000), entry('call.closed', 'unknown', 90_000)]);
    const fences = [{ callId: call, approvalId: approval, executor: 'gateway-a', startedAt: new Date(50_000) }];
    const death = (instance: string | undefined, atMs: number, program = 'gateway') => [{ program, instance, atMs }];
    expect(unknownHasItsDeath(told, death('gateway-a', 60_000), fences)).toEqual([]);
    expect(unknownHasItsDeath(told, death(undefined, 60_000, 'ops'), fences)).toEqual([]);
    expect(unknownHasItsDeath(told, death('gateway-a', 20_000), fences)).toHaveLength(1);
    expect(unknownHasItsDeath(told, death('gateway-b', 60_000), fences)).toHaveLength(1);
    expect(unknownHasItsDeath(told, death(undefined, 60_000, 'temporal'), fences)).toHaveLength(1);
    expect(unknownHasItsDeath(told, death('gateway-a', 60_000), [])).toHaveLength(1);
  });

  test('a call without an end once those that end it have had thirty seconds of peace, and not before', () => {
    const received = entry('request.received', 'allow', 1_000);
    const dead = { program: 'gateway', instance: 'gateway-a', atMs: 2_000 };
    const worker = { program: 'worker', instance: undefined, atMs: 10_000 };
    const owed = (
      deaths: readonly Death[],
      nowMs: number,
      more: readonly SeenEntry[] = [],
      tasks: TaskEnds = new Map(),
    ) => endsOwed(testimony([received, ...more]), deaths, tasks, nowMs).length;
    expect(owed([dead], 32_000)).toBe(0);
    expect(owed([dead], 32_001)).toBe(1);
    expect(owed([], 99_000)).toBe(0);
    expect(owed([dead], 99_000, [entry('response.recorded', 'answered', 1_100)])).toBe(0);
    expect(owed([dead, worker], 999_000)).toBe(0);
    expect(owed([dead, { ...worker, backAtMs: 15_000 }], 47_000)).toBe(0);
    expect(owed([dead, { ...worker, backAtMs: 15_000 }], 47_001)).toBe(1);
    expect(owed([dead, { ...worker, backAtMs: 15_000 }], 47_001, [entry('call.executing', null, 1_500)])).toBe(0);
    expect(owed([dead], 99_000, [], new Map([[call, { goesOn: true, endedAtMs: 1_000 }]]))).toBe(0);
    expect(owed([dead], 99_000, [], new Map([[call, { goesOn: false, endedAtMs: 80_000 }]]))).toBe(0);
    expect(owed([dead], 111_000, [], new Map([[call, { goesOn: false, endedAtMs: 80_000 }]]))).toBe(1);
  });
});
