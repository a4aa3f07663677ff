import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ApprovalRequest } from '../../../../workflows/contract/approval.ts';
import { KeepAlive } from '../../../../gateway/hold/keep-alive.ts';
import type { Reply } from '../../../../gateway/release/reply.ts';

const request = { rule: { quorum: 1 }, expiresAt: '2026-01-01T00:30:00Z', approvalId: 'apr_1' } as ApprovalRequest;

function track() {
  const written: string[] = [];
  const reply = {
    openStream: () => written.push('headers'),
    comment: async () => void written.push('comment'),
    sendMessage: async (message: string) => void written.push(message),
  };
  return { written, reply: reply as unknown as Reply };
}

const progressOf = (written: readonly string[]) =>
  written
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { params: { progressToken: unknown; progress: number } }).params);

describe('a held stream', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('gets its headers at once, and a comment now and every 15 seconds', async () => {
    const { written, reply } = track();
    const keepAlive = new KeepAlive(reply, undefined, request);
    keepAlive.start();
    expect(written[0]).toBe('headers');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(written.slice(1)).toEqual(['comment', 'comment', 'comment']);
    keepAlive.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(written).toHaveLength(4);
  });

  test.each([0, 7, 'token'])('gets progress for its token %j that only grows and stays below zero', async (token) => {
    const { written, reply } = track();
    const keepAlive = new KeepAlive(reply, token, request);
    keepAlive.start();
    await vi.advanceTimersByTimeAsync(3_600_000);
    keepAlive.stop();
    const progress = progressOf(written);
    expect(progress).toHaveLength(241);
    expect(progress.every(({ progressToken }) => progressToken === token)).toBe(true);
    expect(progress.every(({ progress: value }, index) => value > (progress[index - 1]?.progress ?? -2))).toBe(true);
    expect(progress.at(-1)?.progress).toBeLessThan(0);
  });

  test('gets no progress of the gateway any more once its server sends its own', async () => {
    const { written, reply } = track();
    const keepAlive = new KeepAlive(reply, 1, request);
    keepAlive.start();
    await vi.advanceTimersByTimeAsync(15_000);
    keepAlive.leaveProgress();
    keepAlive.show('1 of 2');
    await vi.advanceTimersByTimeAsync(60_000);
    keepAlive.stop();
    expect(progressOf(written)).toHaveLength(2);
    expect(written.at(-1)).toBe('comment');
  });
});
