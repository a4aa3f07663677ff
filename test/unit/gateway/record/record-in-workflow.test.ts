import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RecordedCall } from '../../../../gateway/call.ts';
import { recordInWorkflow } from '../../../../gateway/record/record-in-workflow.ts';
import { WorkflowRuns } from '../../../../gateway/record/workflow-runs.ts';
import type { Refusal } from '../../../../gateway/release/refusal.ts';
import type { FinalAnswer } from '../../../../gateway/release/reply.ts';

const answer: FinalAnswer = { status: 200, headers: {}, bytes: Buffer.from('{"answer":1}') };

/** One call on its way into a workflow, with everything around it in the hands of a test. */
function begin(execute: () => Promise<FinalAnswer> = () => Promise.resolve(answer)) {
  const whenCut = new Set<(why: string) => void>();
  const call = {
    callId: 'call_1',
    id: 1,
    era: 'modern',
    method: 'tools/call',
    tool: 'apply',
    connection: { name: 'ops' },
    reply: {
      isCut: false,
      whenCut: (listener: (why: string) => void) => {
        whenCut.add(listener);
        return () => whenCut.delete(listener);
      },
    },
  } as unknown as RecordedCall;
  const runs = new WorkflowRuns();
  const ends: string[] = [];
  const takenBack: unknown[] = [];
  let sent = 0;
  let cancel = (): void => undefined;
  let loseTemporal = (): void => undefined;
  const parts = {
    runs,
    recorder: {
      close: async (_call: RecordedCall, { code }: Refusal) => void ends.push(code),
      closeQuietly: async (_call: RecordedCall, outcome: string) => void ends.push(outcome),
    },
    openCalls: {
      begin: (_call: RecordedCall, giveUp: () => void) => {
        cancel = giveUp;
        return { end: () => undefined };
      },
      takeBack: (_call: RecordedCall, id: unknown) => void takenBack.push(id),
    },
    startRecording: () =>
      new Promise((_resolve, reject) => {
        loseTemporal = () => reject(new Error('deadline'));
      }),
  } as unknown as Parameters<typeof recordInWorkflow>[0];
  const answered = recordInWorkflow(parts, call, () => {
    sent += 1;
    return execute();
  });
  answered.catch(() => undefined);
  return {
    answered,
    run: runs.get('call_1'),
    runs,
    ends,
    takenBack,
    sent: () => sent,
    cut: () => whenCut.forEach((listener) => listener('the gateway stopped')),
    cancel: () => cancel(),
    loseTemporal: () => loseTemporal(),
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a call that its workflow has run', () => {
  test('runs once, and its answer is released only when the workflow says so', async () => {
    const { answered, run, sent } = begin();
    let isAnswered = false;
    void answered.then(() => (isAnswered = true));
    run?.release();
    await Promise.all([run?.begin(), run?.begin()]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([sent(), isAnswered]).toEqual([1, false]);
    run?.release();
    expect(await answered).toBe(answer);
  });

  test('tells a failure at once', async () => {
    const { answered, run, runs } = begin(() => Promise.reject(new Error('not today')));
    await run?.begin();
    await expect(answered).rejects.toThrow('not today');
    expect(runs.get('call_1')).toBeUndefined();
  });

  test('is withheld when its release does not come', async () => {
    const { answered, run } = begin();
    await run?.begin();
    await vi.advanceTimersByTimeAsync(30_000);
    await expect(answered).rejects.toMatchObject({ code: 'ANSWER_UNRECORDED' });
  });

  test('goes on when Temporal is lost after it began', async () => {
    const { answered, run, loseTemporal } = begin();
    await run?.begin();
    loseTemporal();
    await vi.advanceTimersByTimeAsync(1);
    run?.release();
    expect(await answered).toBe(answer);
  });

  test('is taken back like any other once it began', async () => {
    const { run, cancel, takenBack, ends } = begin(() => new Promise(() => undefined));
    void run?.begin();
    cancel();
    expect(takenBack).toEqual([1]);
    expect(ends).toEqual([]);
  });
});

describe('a call whose workflow does not begin', () => {
  test.each([
    ['Temporal cannot be reached', 'unavailable', async (at: ReturnType<typeof begin>) => at.loseTemporal()],
    ['nobody works', 'unavailable', async () => void (await vi.advanceTimersByTimeAsync(30_000))],
    ['the gateway stops', 'unavailable', async (at: ReturnType<typeof begin>) => at.cut()],
    ['its caller cancels', 'cancelled', async (at: ReturnType<typeof begin>) => at.cancel()],
  ])('because %s is never sent, however late it is asked for, and ends in the record', async (_why, end, happen) => {
    const at = begin();
    await happen(at);
    const refused = JSON.parse((await at.answered).bytes.toString()) as { result: { content: { text: string }[] } };
    expect(refused.result.content[0]?.text).toContain('Nothing ran');
    await at.run?.begin();
    expect(at.sent()).toBe(0);
    expect(at.ends).toEqual([end]);
    expect(at.runs.get('call_1')).toBeUndefined();
  });
});
