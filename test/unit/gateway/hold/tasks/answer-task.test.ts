import { describe, expect, test } from 'vitest';
import type { RecordedCall } from '../../../../../gateway/call.ts';
import { GatewayError } from '../../../../../gateway/errors.ts';
import type { ForwardedMessage } from '../../../../../gateway/forward/forward-call.ts';
import { answerTask } from '../../../../../gateway/hold/tasks/answer-task.ts';
import type { TaskHoldParts } from '../../../../../gateway/hold/tasks/hold-as-task.ts';
import type { Task } from '../../../../../gateway/hold/tasks/tasks.ts';
import { createMasker } from '../../../../../gateway/masking/masker.ts';
import type { Steps } from '../../../../../gateway/pipeline.ts';
import { LedgerUnavailable } from '../../../../../workflows/evidence/ledger.ts';
import { aTask } from '../../../../support/a-task.ts';

const declared = { 'io.modelcontextprotocol/tasks': {} };
const receipt = { callId: 'call_1', commitment: 'aa', seq: 1, bytes: 1, maskedFields: 0, toolError: false };

interface Scene {
  readonly task?: Task;
  readonly recordedAnswer?: string;
  readonly era?: 'modern' | 'legacy';
  readonly extensions?: object;
  readonly ledgerIsAway?: boolean;
  readonly params?: object;
}

/** Asks about `apr_1` and tells what was done and what was answered. */
async function ask(method: string, scene: Scene) {
  const { task, recordedAnswer, era = 'modern', extensions = declared, params = {} } = scene;
  const did: string[] = [];
  const ledger = { readBody: async () => (recordedAnswer === undefined ? undefined : Buffer.from(recordedAnswer)) };
  const parts = {
    tasks: {
      parts: { ledger, masker: createMasker(), now: () => new Date('2026-11-24T10:20:00Z') },
      find: async () => (task === undefined ? [] : [task]),
      cancel: async () => did.push('take back') > 0,
    },
    cases: { detachTask: async () => void did.push('detach') },
    recorder: {
      answer: async () => {
        if (scene.ledgerIsAway === true) throw new LedgerUnavailable('away');
        did.push('record');
      },
    },
    approvalUrl: (id: string) => `https://gateway.example/${id}`,
  } as unknown as TaskHoldParts;
  const steps = {
    forward: async function* (call: RecordedCall) {
      did.push(`forward ${call.raw.toString()}`);
      const text = '{"jsonrpc":"2.0","id":9,"result":{"taskId":"up-7","status":"working"}}';
      yield { final: true, text, status: 200, headers: {}, event: undefined };
    },
    screen: async (_call: RecordedCall, message: ForwardedMessage) => message,
    mask: (_call: RecordedCall, message: ForwardedMessage) => message,
    recordAnswer: async (_call: RecordedCall, message: ForwardedMessage) => ({
      status: 200,
      headers: {},
      bytes: Buffer.from(message.text),
    }),
  } as unknown as Steps<ForwardedMessage>;
  const all = {
    taskId: 'apr_1',
    ...params,
    _meta: { 'io.modelcontextprotocol/clientCapabilities': { extensions } },
  };
  const raw = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 9, method, params: { taskId: 'apr_1' } }));
  const connection = { name: 'ops' };
  const call = { method, era, id: 9, params: all, raw, headers: {}, connection, principal: 'p' };
  const answer = await answerTask(parts, steps, call as unknown as RecordedCall);
  return { did, status: answer.status, message: JSON.parse(answer.bytes.toString()) as Record<string, unknown> };
}

const unknownTask = { jsonrpc: '2.0', id: 9, error: { code: -32602 } };

describe('a question about a task', () => {
  test('is answered from the case, and recorded before', async () => {
    const { did, message } = await ask('tasks/get', { task: aTask() });
    expect(message).toMatchObject({ id: 9, result: { resultType: 'complete', taskId: 'apr_1', status: 'working' } });
    expect(did).toEqual(['record']);
  });

  test('without a record has no answer', async () => {
    const asked = ask('tasks/get', { task: aTask(), ledgerIsAway: true });
    await expect(asked).rejects.toSatisfy(
      (error) => error instanceof GatewayError && error.code === 'ANSWER_UNRECORDED',
    );
  });

  test('that nobody made, or that came in the wrong words, is refused as the extension says', async () => {
    expect((await ask('tasks/get', {})).message).toMatchObject(unknownTask);
    expect((await ask('tasks/get', { task: aTask(), era: 'legacy' })).message).toMatchObject(unknownTask);
    expect(await ask('tasks/get', { task: aTask(), extensions: {} })).toMatchObject({
      status: 400,
      message: { error: { code: -32021 } },
    });
    expect(await ask('tasks/result', { task: aTask() })).toMatchObject({
      status: 404,
      message: { error: { code: -32601 } },
    });
    expect((await ask('tasks/update', { task: aTask() })).message).toMatchObject({ error: { code: -32602 } });
  });

  test('takes it back as long as it waits; later it is only acknowledged', async () => {
    const acknowledged = { jsonrpc: '2.0', id: 9, result: { resultType: 'complete' } };
    const waiting = await ask('tasks/cancel', { task: aTask() });
    expect(waiting.did).toEqual(['take back', 'detach', 'record']);
    expect(waiting.message).toEqual(acknowledged);
    const running = await ask('tasks/cancel', { task: aTask({ state: 'executing' }) });
    expect(running.did).toEqual(['record']);
    expect(running.message).toEqual(acknowledged);
  });

  test('goes to the server when the server made a task of the call itself', async () => {
    const { did, message } = await ask('tasks/get', {
      task: aTask({ state: 'ended', ending: { code: 'answered', receipt } }),
      recordedAnswer: '{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"up-7","status":"working"}}',
    });
    expect(did).toEqual(['forward {"jsonrpc":"2.0","id":9,"method":"tasks/get","params":{"taskId":"up-7"}}']);
    expect(message).toMatchObject({ result: { taskId: 'apr_1', status: 'working' } });
  });
});
