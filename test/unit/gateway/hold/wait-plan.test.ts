import { describe, expect, test } from 'vitest';
import type { ReceivedCall } from '../../../../gateway/call.ts';
import { planLastLeg, planWait } from '../../../../gateway/hold/wait-plan.ts';

const tasks = {
  _meta: { 'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } } },
};

function call(changes: Record<string, unknown>, clientsWait = false): ReceivedCall {
  const connection = { clientsWait, pendingAfterMs: 50_000, upstream: {} };
  return { connection, era: 'modern', method: 'tools/call', params: {}, ...changes } as unknown as ReceivedCall;
}

describe('a held call waits', () => {
  test.each([
    ['as a task when its request declares tasks', call({ params: tasks }), 'task'],
    ['in legs when it declares none', call({}), 'leg'],
    [
      'on its stream when it brings its server a state',
      call({ params: { requestState: 's' }, progressToken: 1 }),
      'stream',
    ],
    ['for a while when it brings its server answers', call({ params: { inputResponses: { a: 1 } } }), 'pending'],
    ['in legs for a prompt, which is never a task', call({ params: tasks, method: 'prompts/get' }), 'leg'],
    [
      'on its stream where the revision has no legs',
      call({ method: 'completion/complete', progressToken: 1 }),
      'stream',
    ],
    ['on its stream when it takes progress', call({ era: 'legacy', progressToken: 0 }), 'stream'],
    ['on its stream when its clients wait', call({ era: 'legacy' }, true), 'stream'],
    ['in legs all the same when its clients wait', call({}, true), 'leg'],
    ['for a while when nothing else is known of it', call({ era: 'legacy' }), 'pending'],
    ['for a while when an old revision speaks of tasks', call({ era: 'legacy', params: tasks }), 'pending'],
  ])('%s', (_name, received, kind) => {
    expect(planWait(received).kind).toBe(kind);
  });
});

test('A caller that came back as often as it does waits on its stream if its clients wait, else is told to call again', () => {
  expect(planLastLeg(call({}, true)).kind).toBe('stream');
  expect(planLastLeg(call({})).kind).toBe('pending');
});
