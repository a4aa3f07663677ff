import { createSecretKey } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RecordedCall } from '../../../../gateway/call.ts';
import { Cases, type JoinedCase } from '../../../../gateway/hold/cases.ts';
import { waitFor, type WaitEnd } from '../../../../gateway/hold/wait.ts';
import type { WaitPlan } from '../../../../gateway/hold/wait-plan.ts';
import { WaitingCalls } from '../../../../gateway/hold/waiting-calls.ts';
import type { Masker } from '../../../../gateway/masking/masker.ts';
import { approvalRequest } from '../../workflows/approval-request.ts';

const callers = 40;
const longMs = 10 * 60_000;
const joined: JoinedCase = {
  approvalId: 'apr_1',
  workflowId: 'approval/ops/key',
  request: approvalRequest(),
  opened: true,
};

/** Real cases, over a Temporal and a PostgreSQL that write down whatever they are asked. */
function track() {
  const asked: string[] = [];
  const workflow = new Proxy(
    {},
    {
      get: (_target, name) => async () => {
        asked.push(`temporal ${String(name)}`);
        return {};
      },
    },
  );
  const temporal = { workflow, withDeadline: <T>(_at: number, send: () => Promise<T>) => send() };
  const pool = { query: async () => void asked.push('postgresql query') };
  const cases = new Cases({
    pool: pool as unknown as pg.Pool,
    temporal: temporal as unknown as Client,
    masker: {} as Masker,
    joinKey: createSecretKey(Buffer.alloc(32)),
    gatewayQueue: 'gateway.a',
    now: () => new Date(0),
    newApprovalId: () => 'apr_1',
    randomBytes: (size) => Buffer.alloc(size),
  });
  return { asked, cases, waiting: new WaitingCalls() };
}

function heldCall(callId: string): RecordedCall {
  const reply = {
    gone: new AbortController().signal,
    openStream: () => undefined,
    comment: async () => undefined,
    sendMessage: async () => undefined,
  };
  return { callId, progressToken: callId, reply } as unknown as RecordedCall;
}

describe('callers that wait for an approval', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const plans: WaitPlan[] = [{ kind: 'stream' }, { kind: 'leg', endsAfterMs: longMs * 2 }];
  test.each(plans)('ask Temporal once each and PostgreSQL never, however long it takes ($kind)', async (plan) => {
    const { asked, cases, waiting } = track();
    const ends: WaitEnd[] = [];
    for (let index = 0; index < callers; index += 1) {
      void waitFor({ cases, waiting }, heldCall(`call_${index}`), joined, plan).then((end) => ends.push(end));
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual(Array(callers).fill('temporal signalWithStart'));
    // Had they looked every 15 seconds, each would have done so 40 times.
    await vi.advanceTimersByTimeAsync(longMs);
    expect(asked).toHaveLength(callers);
    expect(ends).toEqual([]);
  });

  test('are woken by the outcome itself, without asking for it', async () => {
    const { asked, cases, waiting } = track();
    const ends: Promise<WaitEnd>[] = [];
    for (let index = 0; index < callers; index += 1) {
      ends.push(waitFor({ cases, waiting }, heldCall(`call_${index}`), joined, { kind: 'stream' }));
    }
    await vi.advanceTimersByTimeAsync(60_000);
    const before = asked.length;
    for (let index = 0; index < callers; index += 1) {
      waiting.get(`call_${index}`)?.deliver({ outcome: { code: 'denied' } });
    }
    // No timer runs from here on: a wait that looked for its outcome now and then would never end.
    expect(await Promise.all(ends)).toEqual(ends.map(() => ({ outcome: { code: 'denied' } })));
    expect(asked).toHaveLength(before);
  });
});
