import { describe, expect, test } from 'vitest';
import { taskNews, type TaskNews } from '../../../../../gateway/hold/tasks/outcome.ts';
import type { Task, TaskParts } from '../../../../../gateway/hold/tasks/tasks.ts';
import { createMasker } from '../../../../../gateway/masking/masker.ts';
import { aTask } from '../../../../support/a-task.ts';

const receipt = { callId: 'call_1', commitment: 'aa', seq: 1, bytes: 1, maskedFields: 0, toolError: false };
const answered = aTask({ state: 'ended', ending: { code: 'answered', receipt } });
const soon = new Date('2026-11-24T10:20:00Z');

/** News of a task whose recorded answer is this text, or was destroyed. */
async function news(task: Task, recorded?: string, now = soon): Promise<TaskNews> {
  const ledger = { readBody: async () => (recorded === undefined ? undefined : Buffer.from(recorded)) };
  const parts = { ledger, masker: createMasker(), now: () => now } as unknown as TaskParts;
  return taskNews({ tasks: { parts }, approvalUrl: (id) => `https://gateway.example/${id}` }, task);
}

function viewOf(told: TaskNews): Record<string, unknown> {
  if (told.kind !== 'task') throw new Error(`no task: ${told.kind}`);
  return JSON.parse(told.text) as Record<string, unknown>;
}

describe('a task that was answered', () => {
  test('has the recorded result to the byte, numbers beyond a double included', async () => {
    const result = '{"resultType":"complete","content":[], "structuredContent":{"n":12345678901234567890.10}}';
    const told = await news(answered, `{"jsonrpc":"2.0","id":"x","result":${result}}`);
    expect(told).toMatchObject({ kind: 'task', over: true });
    expect((told as { text: string }).text).toContain(`"result":${result}}`);
    expect(viewOf(told)).toMatchObject({ status: 'completed', taskId: 'apr_1' });
  });

  test('says that a result of an earlier revision is complete', async () => {
    const told = await news(answered, '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
    expect(viewOf(told)['result']).toEqual({ resultType: 'complete', content: [] });
  });

  test('with an error of its tool is completed, and with one of JSON-RPC failed', async () => {
    const ofTool = await news(answered, '{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true}}');
    expect(viewOf(ofTool)).toMatchObject({ status: 'completed', result: { isError: true } });
    const ofProtocol = await news(answered, '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}');
    expect(viewOf(ofProtocol)).toMatchObject({ status: 'failed', error: { code: -32603, message: 'no' } });
    expect(viewOf(ofProtocol)).not.toHaveProperty('result');
  });

  test('by a task of its server stands for that one', async () => {
    const told = await news(answered, '{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"up-7"}}');
    expect(told).toEqual({ kind: 'handed_over', upstreamId: 'up-7' });
  });

  test('is gone when its answer was destroyed, or after a day', async () => {
    expect(await news(answered)).toEqual({ kind: 'gone' });
    const answer = '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}';
    expect(await news(answered, answer, new Date('2026-11-26T00:00:00Z'))).toEqual({ kind: 'gone' });
  });
});

describe('a task that was not', () => {
  test.each(['denied', 'expired', 'unknown'] as const)('%s: is completed with the error of a tool', async (code) => {
    const told = await news(aTask({ state: 'ended', ending: { code } }));
    expect(viewOf(told)).toMatchObject({
      status: 'completed',
      result: {
        resultType: 'complete',
        isError: true,
        _meta: { 'dev.countersign/outcome': { code, callId: 'call_1', approvalId: 'apr_1' } },
      },
    });
  });

  test('hands on no secret that an approver wrote', async () => {
    const secret = ['AK', 'IA', 'QQQQWWWWEEEERRRR'].join('');
    const told = await news(aTask({ state: 'ended', ending: { code: 'denied', reason: `use ${secret} instead` } }));
    expect((told as { text: string }).text).not.toContain(secret);
  });
});
