import { describe, expect, test } from 'vitest';
import type { RecordedCall } from '../../../../../gateway/call.ts';
import type { ForwardedMessage } from '../../../../../gateway/forward/forward-call.ts';
import { messageEvent } from '../../../../../gateway/hold/tasks/events.ts';
import { listenToTasks, type TaskListenParts } from '../../../../../gateway/hold/tasks/listen.ts';
import { replyToNobody } from '../../../../../gateway/hold/tasks/seal.ts';
import { TaskWatch } from '../../../../../gateway/hold/tasks/watch.ts';
import type { Task, TaskParts, Tasks } from '../../../../../gateway/hold/tasks/tasks.ts';
import { createMasker } from '../../../../../gateway/masking/masker.ts';
import { aTask } from '../../../../support/a-task.ts';

const declared = { 'io.modelcontextprotocol/tasks': {} };
const receipt = { callId: 'call_1', commitment: 'aa', seq: 1, bytes: 1, maskedFields: 0, toolError: false };
const denied = aTask({ id: 'apr_1', state: 'ended', ending: { code: 'denied' } });
const handedOver = aTask({ id: 'apr_2', state: 'ended', ending: { code: 'answered', receipt } });

/** Listens with this filter to these tasks; tells what the server was asked and what the caller heard. */
async function listen(
  notifications: object,
  tasks: readonly Task[],
  fromServer: readonly string[] = [],
  extensions: object = declared,
) {
  const asked: string[] = [];
  const told: string[] = [];
  const serversTask = Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"up-7"}}');
  const store = {
    parts: {
      ledger: { readBody: async () => serversTask },
      masker: createMasker(),
      now: () => new Date('2026-11-24T10:20:00Z'),
    } as unknown as TaskParts,
    find: async (ids: readonly string[]) => tasks.filter(({ id }) => ids.includes(id)),
    findAll: async () => [],
  } as unknown as Tasks;
  const parts = {
    tasks: store,
    taskWatch: new TaskWatch({ tasks: store, approvalUrl: (id) => id }),
    recorder: {
      message: async (_call: unknown, _to: unknown, { bytes }: { bytes: Buffer }) => told.push(bytes.toString()),
    },
  } as unknown as TaskListenParts;
  const params = {
    notifications,
    _meta: { 'io.modelcontextprotocol/clientCapabilities': { extensions } },
  };
  const call = {
    method: 'subscriptions/listen',
    id: 5,
    params,
    principal: 'p',
    connection: { name: 'ops' },
    raw: Buffer.from(JSON.stringify({ id: 5, params: { notifications } })),
    reply: replyToNobody(),
  } as unknown as RecordedCall;
  const forward = async function* (each: RecordedCall): AsyncGenerator<ForwardedMessage> {
    asked.push(each.raw.toString());
    for (const text of fromServer) yield messageEvent(text);
  };
  const heard: { message: Record<string, unknown>; status: number; final: boolean }[] = [];
  for await (const { text, status, final } of listenToTasks(parts, call, forward)) {
    heard.push({ message: JSON.parse(text) as Record<string, unknown>, status, final });
  }
  return { asked, heard, told };
}

describe('listening', () => {
  test('to tasks of ours alone asks the server for nothing, and ends in order when all are over', async () => {
    const { asked, heard } = await listen({ taskIds: ['apr_1', 'apr_9'] }, [denied]);
    expect(asked).toEqual([]);
    expect(heard.map(({ message }) => message['method'] ?? 'end')).toEqual([
      'notifications/subscriptions/acknowledged',
      'notifications/tasks',
      'end',
    ]);
    expect(heard[0]?.message['params']).toMatchObject({ notifications: { taskIds: ['apr_1'] } });
    expect(heard[1]?.message['params']).toMatchObject({
      taskId: 'apr_1',
      status: 'completed',
      _meta: { 'io.modelcontextprotocol/subscriptionId': 5 },
    });
    expect(heard[2]).toMatchObject({ final: true, message: { id: 5, result: { resultType: 'complete' } } });
  });

  test('to more asks the server for the rest, under ids that it knows, and puts both together', async () => {
    const acknowledged =
      '{"method":"notifications/subscriptions/acknowledged","params":{"notifications":{"taskIds":["up-1","up-7"]}}}';
    const news = '{"method":"notifications/tasks","params":{"taskId":"up-7","status":"working"}}';
    const { asked, heard, told } = await listen(
      { toolsListChanged: true, taskIds: ['apr_1', 'up-1', 'apr_2'] },
      [denied, handedOver],
      [acknowledged, news],
    );
    expect(asked).toEqual(['{"id":5,"params":{"notifications":{"toolsListChanged":true,"taskIds":["up-1","up-7"]}}}']);
    expect(heard.map(({ message }) => message['params'])).toEqual([
      { notifications: { taskIds: ['up-1', 'apr_2', 'apr_1'] } },
      { taskId: 'apr_2', status: 'working' },
    ]);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('"taskId":"apr_1"');
  });

  test('takes our ids out entirely when no others are left', async () => {
    const { asked } = await listen({ toolsListChanged: true, taskIds: ['apr_1'] }, [denied], []);
    expect(asked).toEqual(['{"id":5,"params":{"notifications":{"toolsListChanged":true}}}']);
  });

  test('to tasks of ours needs the extension declared', async () => {
    const { asked, heard } = await listen({ taskIds: ['apr_1'] }, [denied], [], {});
    expect(asked).toEqual([]);
    expect(heard).toMatchObject([{ status: 400, final: true, message: { id: 5, error: { code: -32021 } } }]);
  });

  test('to none of ours passes as it is', async () => {
    const { asked } = await listen({ taskIds: ['up-1'] }, [], [], {});
    expect(asked).toEqual(['{"id":5,"params":{"notifications":{"taskIds":["up-1"]}}}']);
  });
});
