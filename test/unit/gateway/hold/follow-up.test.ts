import { createSecretKey, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { MaskedMessage, RecordedCall } from '../../../../gateway/call.ts';
import type { ForwardedMessage } from '../../../../gateway/forward/forward-call.ts';
import { sendReturned, withoutOwnState, wrapContinuation } from '../../../../gateway/hold/follow-up.ts';
import { RequestStates, type RequestState } from '../../../../gateway/hold/request-state.ts';
import { keepPurpose } from '../../../../gateway/purpose/ask.ts';

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

describe('a call that policy allows by the time it comes back', () => {
  const returned = (requestState: string) => {
    const params = { name: 'x', requestState };
    return { ...call(JSON.stringify({ params })), params } as unknown as RecordedCall;
  };
  const sent = async (back: RecordedCall): Promise<unknown> => {
    const seen: RecordedCall[] = [];
    const forward = async function* (each: RecordedCall) {
      seen.push(each);
      yield 'answer';
    };
    for await (const message of sendReturned(states, back, forward)) expect(message).toBe('answer');
    expect(seen).toHaveLength(1);
    return (JSON.parse(String(seen[0]?.raw)) as { params: { requestState?: string } }).params.requestState;
  };
  const issued = (state: RequestState) => states.issue(returned('x'), state, states.inMs(1_000));

  test('shows its server no state of ours, and its own where there is one', async () => {
    expect(await sent(returned(issued({ kind: 'leg', approvalId: 'apr_1', leg: 1 })))).toBeUndefined();
    const going = { kind: 'continuation', approvalId: 'apr_1' } as const;
    expect(await sent(returned(issued({ ...going, upstream: 'theirs' })))).toBe('theirs');
    expect(await sent(returned(issued({ ...going, upstream: undefined })))).toBeUndefined();
    expect(await sent(returned('countersign.1.forged'))).toBeUndefined();
  });

  test('is otherwise sent as it came', async () => {
    expect(await sent(returned('theirs'))).toBe('theirs');
    // An approved call had the state taken off its bytes before, and goes its own way.
    const ours = issued({ kind: 'continuation', approvalId: 'apr_1', upstream: 'theirs' });
    expect(await sent(withoutOwnState(returned(ours), 'theirs'))).toBe('theirs');
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

  test('is another text than its event, which is therefore written anew', () => {
    const text = '{"id":1,"result":{"resultType":"input_required","requestState":"theirs"}}';
    const message = { bytes: Buffer.from(text), text } as unknown as MaskedMessage & ForwardedMessage;
    const wrapped = wrapContinuation(states, call(), 'apr_1', message);
    expect(wrapped.text).toBe(wrapped.bytes.toString());
    expect(wrapped.text).not.toBe(text);
  });

  test('takes along what a person said it is for, and wraps a state of ours no second time', async () => {
    const purpose = { text: 'because', source: 'elicitation', claimedBy: 'human' } as const;
    const text = '{"id":1,"result":{"resultType":"input_required","requestState":"theirs"}}';
    const message = { bytes: Buffer.from(text), text } as unknown as MaskedMessage & ForwardedMessage;
    const asked = { ...call(), purpose };
    const wrapped = wrapContinuation(states, asked, 'apr_1', message);
    expect(states.read(asked, stateIn(wrapped.text))).toMatchObject({ kind: 'continuation', purpose });
    expect(keepPurpose(states, asked, wrapped)).toBe(wrapped);
    expect(states.read(asked, stateIn(keepPurpose(states, asked, message).text))).toEqual({
      kind: 'purpose',
      purpose,
      upstream: 'theirs',
    });
    const claimed = { ...asked, purpose: { ...purpose, source: 'meta', claimedBy: 'agent' } as const };
    expect(keepPurpose(states, claimed, message)).toBe(message);
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
