import { describe, expect, test } from 'vitest';
import type { JudgedCall, MaskedMessage, ReceivedCall, RecordedCall } from '../../../gateway/call.ts';
import { GatewayError } from '../../../gateway/errors.ts';
import { handleCall, type Steps, type UpstreamMessage } from '../../../gateway/pipeline.ts';

const answer = { status: 200, headers: {}, bytes: Buffer.from('{}') };
const messages: UpstreamMessage[] = [
  { final: false, text: 'progress' },
  { final: true, text: 'answer' },
];

type Verdict = JudgedCall['judgement']['verdict'];

/** Steps that write down that they ran; a test replaces the one it is about. */
function track(verdict: Verdict, changes: Partial<Steps<UpstreamMessage>> = {}, kind = 'request', judged = {}) {
  const ran: string[] = [];
  const note = <T>(name: string, value: T): T => {
    ran.push(name);
    return value;
  };
  const call = { kind, judgement: { verdict, ...judged } } as unknown as RecordedCall;
  const masked = (message: UpstreamMessage) =>
    ({ ...message, bytes: Buffer.alloc(0), hits: [] }) satisfies MaskedMessage;
  const steps: Steps<UpstreamMessage> = {
    authenticate: async () => note('authenticate', call),
    judge: () => note('judge', call),
    admit: () => note('admit', call),
    leave: () => note('leave', undefined),
    recordRequest: async () => note('record request', call),
    refuse: () => note('refuse', answer),
    hold: async () => note('hold', answer),
    answerTask: async () => note('answer task', answer),
    recordInWorkflow: (_call, run) => note('start workflow', run)(),
    forward: () => note('forward', streamOf(messages)),
    screen: async (_call, message) => note(`screen ${message.text}`, message),
    mask: (_call, message) => note(`mask ${message.text}`, masked(message)),
    passOn: async (_call, message) => note(`pass on ${message.text}`, undefined),
    recordAnswer: async (_call, message) => note(`record ${message.text}`, answer),
    giveUp: async () => note('give up', answer),
    release: async () => note('release', undefined),
    relay: async () => note('relay', undefined),
    ...changes,
  };
  return { ran, run: () => handleCall({} as ReceivedCall, steps) };
}

async function* streamOf(items: readonly UpstreamMessage[]) {
  yield* items;
}

const entry = ['authenticate', 'judge', 'admit', 'record request'];

describe('a call', () => {
  test('that is allowed goes through every step in order, and is released last', async () => {
    const { ran, run } = track('allow');
    await run();
    expect(ran).toEqual([
      ...entry,
      'forward',
      'screen progress',
      'mask progress',
      'pass on progress',
      'screen answer',
      'mask answer',
      'record answer',
      'release',
      'leave',
    ]);
  });

  test('that policy wants in a workflow is run by it: nothing goes to the server before it has begun', async () => {
    const { ran, run } = track('allow', {}, 'request', { recordIn: 'workflow' });
    await run();
    expect(ran.slice(0, entry.length + 2)).toEqual([...entry, 'start workflow', 'forward']);
    expect(ran.slice(-3)).toEqual(['record answer', 'release', 'leave']);
    const never = track('allow', { recordInWorkflow: async () => answer }, 'request', { recordIn: 'workflow' });
    await never.run();
    expect(never.ran).toEqual([...entry, 'release', 'leave']);
  });

  test('that is blocked is recorded and answered, and never forwarded', async () => {
    const { ran, run } = track('block');
    await run();
    expect(ran).toEqual([...entry, 'refuse', 'release', 'leave']);
  });

  test('that needs approval is held, and is forwarded from elsewhere if at all', async () => {
    const { ran, run } = track('hold');
    await run();
    expect(ran).toEqual([...entry, 'hold', 'release', 'leave']);
  });

  test('that cannot be admitted is neither recorded nor made, and what is admitted is left in the end', async () => {
    const refused = track('allow', { admit: () => Promise.reject(new GatewayError('EVIDENCE_UNAVAILABLE')) });
    await expect(refused.run()).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    expect(refused.ran).toEqual(['authenticate', 'judge']);
    const failed = track('allow', { release: () => Promise.reject(new Error('the caller is gone')) });
    await expect(failed.run()).rejects.toThrow('gone');
    expect(failed.ran.at(-1)).toBe('leave');
  });

  test('that wants no answer is relayed', async () => {
    const { ran, run } = track('allow', {}, 'notification');
    await run();
    expect(ran).toEqual(['authenticate', 'judge', 'admit', 'relay', 'leave']);
  });

  test('that cannot be recorded is not made', async () => {
    const recordRequest = () => Promise.reject(new GatewayError('EVIDENCE_UNAVAILABLE'));
    const { ran, run } = track('allow', { recordRequest });
    await expect(run()).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    expect(ran).toEqual(['authenticate', 'judge', 'admit', 'leave']);
  });

  test.each<[string, Partial<Steps<UpstreamMessage>>]>([
    ['cannot be masked', { mask: () => thrown() }],
    ['cannot be recorded', { recordAnswer: async () => thrown() }],
    ['never comes', { forward: () => streamOf(messages.slice(0, 1)) }],
  ])('whose answer %s is given up, and nothing of the answer is released', async (_name, changes) => {
    const { ran, run } = track('allow', changes);
    await run();
    expect(ran.slice(-3)).toEqual(['give up', 'release', 'leave']);
    expect(ran).not.toContain('record answer');
  });
});

function thrown(): never {
  throw new Error('not today');
}
