import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { newId } from '../../../../gateway/ids.ts';
import { closingDelayMs } from '../../../../workflows/sandbox/closing-delay.ts';
import { approvalRequest } from '../approval-request.ts';

const openedTogether = 2_000;
const now = new Date('2026-11-24T10:00:00Z');
const delays = (expiresAfterMs: number): number[] =>
  Array.from({ length: openedTogether }, () =>
    closingDelayMs(
      approvalRequest({
        approvalId: newId('apr', now, randomBytes),
        rule: { ...approvalRequest().rule, expiresAfterMs },
      }),
    ),
  );

describe('cases that expire at the same moment', () => {
  test('close spread evenly over five seconds', () => {
    const perSecond = [0, 0, 0, 0, 0];
    for (const delay of delays(4 * 60 * 60_000)) {
      const second = Math.floor(delay / 1_000);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
    }
    expect(perSecond).toHaveLength(5);
    for (const count of perSecond) expect(count).toBeGreaterThan(openedTogether / 5 / 2);
  });

  test('close the sooner, the less time approvers had', () => {
    expect(Math.max(...delays(20_000))).toBeLessThanOrEqual(1_000);
  });

  test('close after the same delay when they are replayed', () => {
    const request = approvalRequest({ approvalId: newId('apr', now, randomBytes) });
    expect(closingDelayMs({ ...request })).toBe(closingDelayMs(request));
  });
});
