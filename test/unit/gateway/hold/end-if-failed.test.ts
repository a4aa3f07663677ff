import { beforeEach, describe, expect, test } from 'vitest';
import type { RecordedCall } from '../../../../gateway/call.ts';
import { GatewayError } from '../../../../gateway/errors.ts';
import { endIfFailed, TaskStands } from '../../../../gateway/hold/end-if-failed.ts';
import { WaitingCalls, type WaitingCall } from '../../../../gateway/hold/waiting-calls.ts';
import { ProtocolRefusal } from '../../../../gateway/receive/protocol-refusal.ts';
import type { Recorder } from '../../../../gateway/record/recorder.ts';
import { DatabaseAway } from '../../../../workflows/evidence/database-pool.ts';

const call = { callId: 'call_1' } as unknown as RecordedCall;
const answer = { status: 200, headers: {}, bytes: Buffer.alloc(0) };

let ended: string[];
let waiting: WaitingCalls;
beforeEach(() => {
  ended = [];
  waiting = new WaitingCalls();
});

function handle(step: () => Promise<typeof answer>) {
  const closeQuietly = async (_call: RecordedCall, outcome: string) => void ended.push(outcome);
  return endIfFailed({ recorder: { closeQuietly } as unknown as Recorder, waiting }, call, step);
}

function failing(error: Error) {
  return async (): Promise<never> => {
    throw error;
  };
}

function wait(executing: boolean): void {
  waiting.add({ call, executing, settleTaken: () => undefined } as unknown as WaitingCall);
}

describe('a recorded call that is held', () => {
  test('and answered is ended by its answer', async () => {
    expect(await handle(async () => answer)).toBe(answer);
    expect(ended).toEqual([]);
  });

  test.each([new DatabaseAway('away'), new GatewayError('EVIDENCE_UNAVAILABLE'), new Error('a bug')])(
    'and fails on the way (%s) ends as not made, and waits here no longer',
    async (error) => {
      wait(false);
      await expect(handle(failing(error))).rejects.toBe(error);
      expect(ended).toEqual(['unavailable']);
      expect(waiting.get(call.callId)).toBeUndefined();
    },
  );

  test('and fails once it runs is ended by its execution', async () => {
    wait(true);
    await expect(handle(failing(new Error('late')))).rejects.toThrow('late');
    expect(ended).toEqual([]);
  });

  test('and became a task ends with the task', async () => {
    const cause = new DatabaseAway('away');
    await expect(handle(failing(new TaskStands('', { cause })))).rejects.toBe(cause);
    expect(ended).toEqual([]);
  });

  test('and is refused by the protocol has its refusal recorded already', async () => {
    const refusal = new ProtocolRefusal(200, -32_602, 'no', 1);
    await expect(handle(failing(refusal))).rejects.toBe(refusal);
    expect(ended).toEqual([]);
  });
});
