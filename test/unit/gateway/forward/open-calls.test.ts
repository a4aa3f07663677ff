import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RecordedCall } from '../../../../gateway/call.ts';
import { OpenCalls } from '../../../../gateway/forward/open-calls.ts';

let closed: string[] = [];
let openCalls: OpenCalls;

beforeEach(() => {
  vi.useFakeTimers();
  closed = [];
  openCalls = new OpenCalls({
    closeQuietly: (call, outcome) => Promise.resolve(void closed.push(`${call.callId} ${outcome}`)),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

function call(callId: string, changes: Record<string, unknown> = {}): RecordedCall {
  const headers = { 'mcp-session-id': 's' };
  const known = { era: 'legacy', sessionId: 'ses_1', principal: 'issuer#a', id: 1, headers };
  return { callId, ...known, ...changes } as unknown as RecordedCall;
}

describe('a call whose answer comes on another stream', () => {
  test('is found by session, principal and exact id, and only once', async () => {
    await openCalls.awaitElsewhere(call('c1'), 1_000);
    expect(openCalls.takeAwaited(call('x', { principal: 'issuer#b' }), 1)).toBeUndefined();
    expect(openCalls.takeAwaited(call('x', { sessionId: 'ses_2' }), 1)).toBeUndefined();
    for (const id of ['1', 2, null, undefined, {}]) expect(openCalls.takeAwaited(call('x'), id)).toBeUndefined();
    expect(openCalls.takeAwaited(call('x'), 1)?.callId).toBe('c1');
    expect(openCalls.takeAwaited(call('x'), 1)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(closed).toEqual([]);
  });

  test('ends as unknown at its deadline, also when its id is used again meanwhile', async () => {
    await openCalls.awaitElsewhere(call('c1'), 1_000);
    await openCalls.awaitElsewhere(call('c2'), 5_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(closed).toEqual(['c1 unknown']);
    expect(openCalls.takeAwaited(call('x'), 1)?.callId).toBe('c2');
  });

  test('is one of ten thousand at most: the oldest is given up for the next', async () => {
    for (let id = 0; id <= 10_000; id += 1) await openCalls.awaitElsewhere(call(`c${String(id)}`, { id }), 60_000);
    expect(openCalls.awaited).toBe(10_000);
    expect(closed).toEqual(['c0 unknown']);
    await openCalls.stop();
    expect(openCalls.awaited).toBe(0);
    expect(closed).toHaveLength(10_001);
  });

  test('ends at once without a session, for nothing would tell whose answer comes', async () => {
    await openCalls.awaitElsewhere(call('c1', { headers: {} }), 1_000);
    expect(closed).toEqual(['c1 resumed']);
    expect(openCalls.awaited).toBe(0);
  });

  test('ends as cancelled when its caller takes it back', async () => {
    await openCalls.awaitElsewhere(call('c1'), 1_000);
    openCalls.takeBack(call('x'), 1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(closed).toEqual(['c1 cancelled']);
  });
});

describe('a call under way', () => {
  test('is given up a moment after its own caller takes it back, and by nobody else', async () => {
    const giveUp = vi.fn();
    openCalls.begin(call('c1'), giveUp);
    openCalls.takeBack(call('x', { principal: 'issuer#b' }), 1);
    openCalls.takeBack(call('x'), '1');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(giveUp).not.toHaveBeenCalled();
    openCalls.takeBack(call('x'), 1);
    expect(giveUp).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(giveUp).toHaveBeenCalledOnce();
  });

  test('that has ended is not given up in place of the next one with its id', async () => {
    const [first, second] = [vi.fn(), vi.fn()];
    const ended = openCalls.begin(call('c1'), first);
    openCalls.begin(call('c2'), second);
    ended.end();
    openCalls.takeBack(call('x'), 1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  });

  test.each([
    ['outside of a session', { headers: {} }],
    ['of revision 2026-07-28', { era: 'modern' }],
  ])('%s is left to its server, for another client may use the same id', async (_name, changes) => {
    const giveUp = vi.fn();
    openCalls.begin(call('c1', changes), giveUp);
    openCalls.takeBack(call('x', changes), 1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(giveUp).not.toHaveBeenCalled();
  });
});
