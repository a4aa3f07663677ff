import { createSecretKey, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { MaskedMessage, RecordedCall } from '../../../../gateway/call.ts';
import type { ForwardedMessage } from '../../../../gateway/forward/forward-call.ts';
import { withoutOwnState, wrapContinuation } from '../../../../gateway/hold/follow-up.ts';
import { RequestStates } from '../../../../gateway/hold/request-state.ts';

const pool = { query: async () => ({ rowCount: 1 }) } as unknown as pg.Pool;
const states = new RequestStates({
  pool,
  key: createSecretKey(randomBytes(32)),
  now: () => new Date('2026-01-01T00:00:00Z'),
  randomBytes,
});
const call = (raw = '{}', era = 'modern') =>
  ({ raw: Buffer.from(raw), era, connection: { name: 'ops' }, principal: 'p', method: 'tools/call' }) as RecordedCall;

describe('what a server sees of a caller that came back', () => {
  const raw = '{"jsonrpc":"2.0", "params": {"name":"x","requestState":"ours" , "n":1e2},"id":1}';

  test('is its own state, and every other byte as it was', () => {
    expect(withoutOwnState(call(raw), 'theirs').raw.toString()).toBe(raw.replace('"ours"', '"theirs"'));
  });

  test('is no state when it has none', () => {
    const { raw: sent } = withoutOwnState(call(raw), undefined);
    expect(JSON.parse(sent.toString())).toEqual({ jsonrpc: '2.0', params: { name: 'x', n: 100 }, id: 1 });
    expect(sent.toString()).toContain('1e2');
  });
});

describe('an answer of an approved call that asks for more', () => {
  const wrap = (text: string, era?: string) => {
    const message = { bytes: Buffer.from(text) } as unknown as MaskedMessage & ForwardedMessage;
    return wrapContinuation(states, call('{}', era), 'apr_1', message).bytes.toString();
  };
  const stateIn = (text: string) => (JSON.parse(text) as { result: { requestState: string } }).result.requestState;

  test("wraps the server's state, and nothing else changes", async () => {
    const text = '{"id":1,"result":{"resultType":"input_required","requestState":"theirs","inputRequests":{"a":1.0}}}';
    const wrapped = wrap(text);
    const own = stateIn(wrapped);
    expect(wrapped).toBe(text.replace('"theirs"', JSON.stringify(own)));
    const redeemed = await states.redeem(call(), own);
    expect(redeemed).toEqual({ kind: 'continuation', approvalId: 'apr_1', upstream: 'theirs' });
  });

  test('gets a state of ours when the server gave none', async () => {
    const own = stateIn(wrap('{"id":1,"result":{"resultType":"input_required","inputRequests":{}}}'));
    expect(await states.redeem(call(), own)).toEqual({ kind: 'continuation', approvalId: 'apr_1' });
  });

  test.each([
    [
      'is complete',
      '{"id":1,"result":{"resultType":"complete","content":[{"text":"\\"input_required\\""}]}}',
      'modern',
    ],
    ['is of an earlier revision', '{"id":1,"result":{"resultType":"input_required"}}', 'legacy'],
  ])('stays as it is when it %s', (_name, text, era) => {
    expect(wrap(text, era)).toBe(text);
  });
});
