import { createSecretKey, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { JudgedCall, KnownCall, RecordedCall } from '../../../../gateway/call.ts';
import { RequestStates } from '../../../../gateway/hold/request-state.ts';
import { askForPurpose, mayAsk, PURPOSE_REQUEST } from '../../../../gateway/purpose/ask.ts';
import { takePurpose, type PurposeParts } from '../../../../gateway/purpose/take-purpose.ts';
import { receive } from '../../../../gateway/receive/receive.ts';

const purposes = { incident: { description: 'Something is broken' }, review: { description: 'The yearly one' } };
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';

function parts(): PurposeParts {
  const used = new Set<unknown>();
  const query = (text: string, [id]: unknown[]) => {
    const isFresh = text.startsWith('insert') && !used.has(id);
    if (isFresh) used.add(id);
    return Promise.resolve({ rowCount: isFresh ? 1 : 0 });
  };
  const key = createSecretKey(randomBytes(32));
  return {
    config: () => ({ purposes }),
    pins: { takesReason: () => false },
    requestStates: new RequestStates({
      pool: { query } as unknown as pg.Pool,
      key,
      now: () => new Date(0),
      randomBytes,
    }),
  } as unknown as PurposeParts;
}

function callOf(more: object = {}, ask = true, elicitation: object | null = {}): KnownCall {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    [CAPABILITIES]: elicitation === null ? {} : { elicitation },
  };
  const params = { name: 't', arguments: { a: 1 }, _meta: meta, ...more };
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
  const headers = {
    'content-type': 'application/json',
    accept: '*/*',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 't',
  };
  const post = { connection: { name: 'c', purpose: { argument: false, ask } }, headers, body, reply: {} };
  const received = receive(post as unknown as Parameters<typeof receive>[0], () => 'call_1');
  const caller = { issuer: 'i', subject: 's', groups: [], actors: [] };
  return { ...received, caller, principal: 'i#s', sessionId: 'x' };
}

const lacking = (call: KnownCall, lacks: object = { lacks: { codes: ['incident'] } }) =>
  ({ ...call, judgement: { verdict: 'block', ruleIds: ['r'], reason: 'no', ...lacks } }) as unknown as JudgedCall;

async function asked(states: RequestStates, call = callOf()) {
  const recorded = lacking(call) as unknown as RecordedCall;
  const { bytes } = askForPurpose(states, recorded, { codes: ['incident', 'review'] }, purposes);
  return (JSON.parse(bytes.toString('utf8')) as { result: { requestState: string; inputRequests: object } }).result;
}
const answering = (requestState: string, content: object, more: object = {}) =>
  callOf({ requestState, inputResponses: { [PURPOSE_REQUEST]: { action: 'accept', content }, ...more } });

describe('the person at the client is asked', () => {
  test('when nothing but a purpose is missing, its client can ask, and the connection wants it', () => {
    expect(mayAsk(lacking(callOf()))).toEqual({ codes: ['incident'] });
    expect(mayAsk(lacking(callOf({}, true, { form: {} })))).toBeDefined();
  });

  test.each<[string, JudgedCall]>([
    ['is blocked for another reason', lacking(callOf(), {})],
    ['goes where nobody is to be asked', lacking(callOf({}, false))],
    ['comes from a client without elicitation', lacking(callOf({}, true, null))],
    ['comes from a client that opens addresses only', lacking(callOf({}, true, { url: {} }))],
    ['brings answers for its server', lacking(callOf({ inputResponses: { a: { action: 'accept' } } }))],
    ['brings a state of its server', lacking(callOf({ requestState: 'theirs' }))],
    ['was asked about before', { ...lacking(callOf()), wasAsked: true }],
  ])('not about a call that %s', (_what, call) => {
    expect(mayAsk(call)).toBeUndefined();
  });

  test('by a form that offers the codes that would do', async () => {
    const { inputRequests } = await asked(parts().requestStates);
    expect(inputRequests).toMatchObject({
      [PURPOSE_REQUEST]: {
        method: 'elicitation/create',
        params: {
          mode: 'form',
          requestedSchema: {
            properties: { purpose: { enum: ['incident', 'review'] }, reason: { type: 'string' } },
            required: ['purpose', 'reason'],
          },
        },
      },
    });
  });
});

describe('what a person answers', () => {
  test('is the purpose of the call, whatever its agent says, and its server sees nothing of it', async () => {
    const world = parts();
    const { requestState } = await asked(world.requestStates);
    const back = answering(requestState, { reason: 'it is down', purpose: 'incident' });
    const headers = { ...back.headers, 'evidence-reason': 'review: no' };
    const call = await takePurpose(world, { ...back, headers });
    expect(call.purpose).toEqual({ code: 'incident', text: 'it is down', source: 'elicitation', claimedBy: 'human' });
    expect(call.wasAsked).toBe(true);
    expect(JSON.parse(call.raw.toString('utf8'))).toEqual(JSON.parse(callOf().raw.toString('utf8')));
    expect(call.received).toBe(back.raw);
  });

  test('leaves the answers for its server', async () => {
    const world = parts();
    const { requestState } = await asked(world.requestStates);
    const call = await takePurpose(world, answering(requestState, { reason: 'x' }, { other: { action: 'accept' } }));
    expect(call.params).toMatchObject({ inputResponses: { other: { action: 'accept' } } });
    expect(call.params).not.toHaveProperty('requestState');
  });

  test.each([{}, { reason: ' ' }, { reason: 5 }])(
    'may be nothing: then there is no purpose, and no second question: %j',
    async (content) => {
      const world = parts();
      const { requestState } = await asked(world.requestStates);
      const call = await takePurpose(world, answering(requestState, content));
      expect(call.purpose).toBeUndefined();
      expect(mayAsk(lacking(call))).toBeUndefined();
    },
  );

  test('is taken once, and for this call only', async () => {
    const world = parts();
    const { requestState } = await asked(world.requestStates);
    const call = answering(requestState, { reason: 'x' });
    const other = { ...call, canonicalArguments: '{"a":2}' };
    expect((await takePurpose(world, other)).purpose).toBeUndefined();
    expect((await takePurpose(world, call)).purpose).toBeDefined();
    await expect(takePurpose(world, call)).rejects.toThrow('Invalid or expired requestState');
  });
});
