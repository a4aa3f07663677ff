import { describe, expect, test } from 'vitest';
import type { RecordedCall } from '../../../../../gateway/call.ts';
import type { ForwardedMessage } from '../../../../../gateway/forward/forward-call.ts';
import { askUpstreamTask, headerText } from '../../../../../gateway/hold/tasks/exchange.ts';
import { messageEvent } from '../../../../../gateway/hold/tasks/events.ts';
import type { Steps } from '../../../../../gateway/pipeline.ts';

/** Asks about our task `apr_1`, which stands for the server's `up "7"`, and tells what the server saw and the caller got. */
async function ask(raw: string, answers: readonly ForwardedMessage[], upstreamId = 'up "7"') {
  let seen: RecordedCall | undefined;
  const recorded: string[] = [];
  const steps = {
    forward: async function* (call: RecordedCall) {
      seen = call;
      yield* answers;
    },
    screen: async (_call: RecordedCall, message: ForwardedMessage) => message,
    mask: (_call: RecordedCall, message: ForwardedMessage) => ({
      ...message,
      bytes: Buffer.from(message.text),
      hits: [],
    }),
    passOn: async (_call: RecordedCall, message: ForwardedMessage) => void recorded.push(message.text),
    recordAnswer: async (_call: RecordedCall, message: ForwardedMessage) => {
      recorded.push(message.event?.raw ?? message.text);
      return { status: message.status, headers: {}, bytes: Buffer.from(message.text) };
    },
  } as unknown as Steps<ForwardedMessage>;
  const call = { raw: Buffer.from(raw), headers: { 'mcp-name': 'apr_1', 'x-trace': '1' }, id: 3 };
  const answer = await askUpstreamTask(steps, call as unknown as RecordedCall, 'apr_1', upstreamId);
  return { seen, recorded, answer };
}

const body = (text: string): ForwardedMessage => ({
  final: true,
  text,
  status: 200,
  headers: {},
  event: undefined,
});

describe('a question about a task that its server made', () => {
  test('goes to the server under its own id, in body and header, and comes back under ours', async () => {
    const raw = '{"jsonrpc":"2.0","id":3,"method":"tasks/get","params":{"taskId":"apr_1","n":1e400}}';
    const told = '{"jsonrpc":"2.0","id":3,"result":{"taskId":"up \\"7\\"","status":"working","big":1e400}}';
    const { seen, answer } = await ask(raw, [body(told)]);
    expect(seen?.raw.toString()).toBe(raw.replace('"apr_1"', String.raw`"up \"7\""`));
    expect(seen?.headers).toEqual({ 'mcp-name': 'up "7"', 'x-trace': '1' });
    expect(answer.bytes.toString()).toBe(told.replace(String.raw`"up \"7\""`, '"apr_1"'));
  });

  test('and one that is answered by events, too', async () => {
    const raw = '{"jsonrpc":"2.0","id":3,"method":"tasks/cancel","params":{"taskId":"apr_1"}}';
    const told = '{"jsonrpc":"2.0","id":3,"result":{"resultType":"complete","taskId":"up"}}';
    const { recorded } = await ask(raw, [{ ...messageEvent(told), final: true }], 'up');
    expect(recorded).toEqual([`event: message\ndata: ${told.replace('"up"', '"apr_1"')}\n\n`]);
  });

  test('has its errors as they came', async () => {
    const raw = '{"jsonrpc":"2.0","id":3,"method":"tasks/get","params":{"taskId":"apr_1"}}';
    const told = '{"jsonrpc":"2.0","id":3,"error":{"code":-32602,"message":"no taskId \\"taskId\\""}}';
    expect((await ask(raw, [body(told)])).answer.bytes.toString()).toBe(told);
  });

  test('names ids in headers that no header could hold', () => {
    expect(headerText('task-1')).toBe('task-1');
    expect(headerText('tâche')).toBe('=?base64?dMOiY2hl?=');
    expect(headerText(' padded ')).toMatch(/^=\?base64\?/);
    expect(headerText('=?base64?dA==?=')).toMatch(/^=\?base64\?PT/);
  });
});
