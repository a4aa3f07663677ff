import { describe, expect, test } from 'vitest';
import type { RecordedCall } from '../../../../gateway/call.ts';
import type { Clearance } from '../../../../gateway/hold/clear-run.ts';
import { clearUnpaused, turnAwayPaused, waitWhilePaused } from '../../../../gateway/hold/paused-run.ts';
import { WaitingCalls, type Delivery, type WaitingCall } from '../../../../gateway/hold/waiting-calls.ts';
import { cutOffPaused } from '../../../../gateway/limits/cut-off.ts';
import type { Pause } from '../../../../gateway/limits/pause-store.ts';
import { stops, type Pauses, type Sender } from '../../../../gateway/limits/pauses.ts';
import { unlessPaused } from '../../../../gateway/limits/unless-paused.ts';
import type { Recorder } from '../../../../gateway/record/recorder.ts';
import { OpenReplies } from '../../../../gateway/release/open-replies.ts';
import type { Refusal } from '../../../../gateway/release/refusal.ts';
import type { Reply } from '../../../../gateway/release/reply.ts';

const at = '2026-11-24T12:00:00.000Z';
const now = () => new Date(at);
const pause: Pause = { scope: 'connection', target: 'ops', reason: 'Freeze.', by: 'i#op', at, now: false };
const call = (connection = 'ops'): RecordedCall =>
  ({
    callId: 'call_1',
    id: 1,
    era: 'legacy',
    method: 'tools/call',
    connection: { name: connection },
    principal: 'i#s',
    caller: { issuer: 'i', subject: 's', groups: [], actors: [] },
  }) as unknown as RecordedCall;

/** What is paused, and for how long somebody was asked to wait for its end. */
function paused(...all: Pause[]) {
  const waits: number[] = [];
  const pauses = {
    fresh: () => undefined,
    of: (sender: Sender) => all.find((each) => stops(each, sender)),
    untilLifted: async (_sender: Sender, withinMs: number) => void waits.push(withinMs),
  } as unknown as Pauses;
  return { pauses, waits, now };
}

function held(connection = 'ops', executing = false) {
  const delivered: Delivery[] = [];
  const deliver = (delivery: Delivery): void => void delivered.push(delivery);
  const waiting = { call: call(connection), approvalId: 'apr_1', executing, deliver } as unknown as WaitingCall;
  return { waiting, delivered };
}

describe('an approved call', () => {
  test('of somebody who is paused is turned away before its fence, and its caller reads why', async () => {
    const { waiting, delivered } = held();
    expect(await turnAwayPaused(paused(pause), waiting)).toMatchObject({ code: 'not_executed' });
    expect(delivered).toEqual([{ outcome: { code: 'paused', pause } }]);
  });

  test('of somebody else runs', async () => {
    const { waiting, delivered } = held('db');
    expect(await turnAwayPaused(paused(pause), waiting)).toBeUndefined();
    expect(delivered).toEqual([]);
  });

  test('that is a task waits as long as its grant is good, and is tried anew', async () => {
    const { waits, ...parts } = paused(pause);
    const takeUpUntilMs = Date.parse(at) + 60_000;
    const waited = await waitWhilePaused(parts, call(), { takeUpUntilMs });
    expect([waited, waits]).toEqual([expect.objectContaining({ code: 'not_executed', lost: true }), [60_000]]);
    await waitWhilePaused(parts, call(), { takeUpUntilMs: Date.parse(at) + 24 * 3_600_000 });
    expect(waits.at(-1)).toBe(600_000);
    expect(await waitWhilePaused(paused(), call(), { takeUpUntilMs })).toBeUndefined();
  });
});

describe('an approved call that is paused while it is cleared', () => {
  const cleared = { cleared: true } as unknown as Clearance;

  test('does not run: the last look at pauses is after everything that takes time', async () => {
    const all: Pause[] = [];
    const lets = (sender: Sender) => !all.some((each) => stops(each, sender));
    const parts = { pauses: { lets } as unknown as Pauses, now };
    const steps: string[] = [];
    const turnAway = async () => {
      steps.push('look');
      return lets(call()) ? undefined : ({ code: 'not_executed', reason: 'It is paused.' } as const);
    };
    const clear = async () => {
      steps.push('clear');
      all.push(pause);
      return cleared;
    };
    const run = await clearUnpaused(parts, call(), turnAway, clear);
    expect([run, steps]).toMatchObject([
      { cleared: false, result: { code: 'not_executed' } },
      ['look', 'clear', 'look'],
    ]);
    all.length = 0;
    expect(await clearUnpaused(parts, call('db'), turnAway, clear)).toBe(cleared);
  });
});

describe('a call that a workflow is to record', () => {
  test('does not run when it was paused before its turn, and is recorded as that', async () => {
    const closed: string[] = [];
    const recorder = { close: async (_call: RecordedCall, { code }: Refusal) => void closed.push(code) };
    const run = () => Promise.reject(new Error('it ran'));
    const parts = { ...paused(pause), recorder: recorder as unknown as Recorder };
    const answer = await unlessPaused(parts, call(), run);
    expect([closed, answer.bytes.toString()]).toEqual([['paused'], expect.stringContaining('"code":"paused"')]);
    await expect(unlessPaused(parts, call('db'), run)).rejects.toThrow('it ran');
  });

  test('does not run either when it is not known what is paused, and its end is recorded', async () => {
    const closed: string[] = [];
    const recorder = { closeQuietly: async (_call: RecordedCall, outcome: string) => void closed.push(outcome) };
    const pauses = { fresh: () => Promise.reject(new Error('away')) } as unknown as Pauses;
    const run = () => Promise.reject(new Error('it ran'));
    const parts = { pauses, now, recorder: recorder as unknown as Recorder };
    await expect(unlessPaused(parts, call(), run)).rejects.toThrow('away');
    expect(closed).toEqual(['unavailable']);
  });
});

describe('a pause that takes force', () => {
  /** Replies that are open, and which of them it cut. */
  async function cutBy(set: Pause): Promise<{ cut: string[]; turnedAway: string[] }> {
    const replies = new OpenReplies();
    const waitingCalls = new WaitingCalls();
    const cut: string[] = [];
    const turnedAway: string[] = [];
    const never = new Promise<void>(() => undefined);
    for (const [name, sender, endless] of [
      ['call', call(), false],
      ['stream', call(), true],
      ['call of others', call('db'), false],
      ['stream of others', call('db'), true],
      ['unknown', undefined, false],
    ] as const) {
      const cutOff = (why: string): void => void cut.push(`${name}: ${why}`);
      void replies.whileOpen({ sender, endless, cutOff } as unknown as Reply, () => never);
    }
    for (const [callId, connection, executing] of [
      ['waits', 'ops', false],
      ['runs', 'ops', true],
      ['waits elsewhere', 'db', false],
    ] as const) {
      const one = held(connection, executing).waiting;
      const deliver = (): void => void turnedAway.push(callId);
      waitingCalls.add({ ...one, call: { ...one.call, callId }, deliver });
    }
    cutOffPaused({ replies, waiting: waitingCalls }, set);
    return { cut, turnedAway };
  }

  test('ends the streams without an end of those whom it stops, and lets everything else go on', async () => {
    expect(await cutBy(pause)).toEqual({ cut: ['stream: an operator paused it'], turnedAway: [] });
  });

  test('cuts off all that they have under way when it says so, and tells those who wait for a person', async () => {
    expect(await cutBy({ ...pause, now: true })).toEqual({
      cut: ['call: an operator paused it', 'stream: an operator paused it'],
      turnedAway: ['waits'],
    });
  });
});
