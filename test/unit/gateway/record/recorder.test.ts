import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EntryDraft } from '../../../../workflows/contract/entry.ts';
import { EntryRefused, LedgerUnavailable, type Ledger } from '../../../../workflows/evidence/ledger.ts';
import type { RecordedCall } from '../../../../gateway/call.ts';
import { createMasker } from '../../../../gateway/masking/masker.ts';
import { Recorder } from '../../../../gateway/record/recorder.ts';

/** As many as one append of the ledger takes. */
const entriesPerAppendMax = 512;

let isAway: boolean;
let entries: EntryDraft[];
let recorder: Recorder;

beforeEach(() => {
  vi.useFakeTimers();
  isAway = false;
  entries = [];
  recorder = new Recorder(ledger, createMasker());
});
afterEach(() => {
  recorder.stop();
  vi.useRealTimers();
});

const ledger: Ledger = {
  append: async (drafts) => {
    if (drafts.length > entriesPerAppendMax) throw new EntryRefused('too many');
    if (isAway) throw new LedgerUnavailable('away');
    entries.push(...drafts);
    return drafts.map((_draft, at) => ({ seq: at, id: String(at) }));
  },
  readBody: () => Promise.resolve(undefined),
  close: () => Promise.resolve(),
};

function call(callId: string): RecordedCall {
  return { callId, sessionId: 'ses', principal: 'p', connection: { name: 'ops' } } as unknown as RecordedCall;
}

test('the endings of thousands of calls that an outage kept from the ledger are all written when it is back', async () => {
  isAway = true;
  const callIds = Array.from({ length: 5_000 }, (_none, at) => `call_${at}`);
  for (const callId of callIds) await recorder.closeQuietly(call(callId), 'pending', {});
  await vi.advanceTimersByTimeAsync(10_000);
  expect(entries).toEqual([]);
  isAway = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(entries.map((entry) => entry.callId)).toEqual(callIds);
  expect(new Set(entries.map((entry) => entry.once)).size).toBe(callIds.length);
});

test('an outage in the middle of that loses none of them', async () => {
  isAway = true;
  for (let at = 0; at < 1_000; at += 1) await recorder.closeQuietly(call(`call_${at}`), 'pending', {});
  isAway = false;
  const append = vi.spyOn(ledger, 'append').mockImplementation(async (drafts) => {
    if (entries.length > 300) throw new LedgerUnavailable('away again');
    entries.push(...drafts);
    return [];
  });
  await vi.advanceTimersByTimeAsync(4_000);
  expect(entries.length).toBeLessThan(1_000);
  append.mockRestore();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(new Set(entries.map((entry) => entry.callId)).size).toBe(1_000);
});
