import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../../workflows/contract/call.ts';
import type { KnownCall } from '../../../../../gateway/call.ts';
import type { Config, Connection } from '../../../../../gateway/config/config.ts';
import { ruleSchema } from '../../../../../gateway/config/rule-schema.ts';
import type { ForwardedMessage } from '../../../../../gateway/forward/forward-call.ts';
import type { UpstreamRequest, Upstreams } from '../../../../../gateway/forward/upstream.ts';
import { createMasker } from '../../../../../gateway/masking/masker.ts';
import { compileRule } from '../../../../../gateway/policy/rule.ts';
import type { Recorder } from '../../../../../gateway/record/recorder.ts';
import { screenRequest } from '../../../../../gateway/screen/requests/requests.ts';
import { ServerAsks } from '../../../../../gateway/screen/requests/server-asks.ts';

type ServerRequests = Connection['serverRequests'];

const defaults: ServerRequests = { sampling: 'allow', elicitation: 'record', urlHosts: [], roots: 'allow' };
const everythingBlocked: ServerRequests = { ...defaults, sampling: 'block', elicitation: 'block', roots: 'block' };
const caller = { issuer: 'i', subject: 's', groups: [], actors: [] };

interface Recorded {
  readonly direction: string;
  readonly facts: Readonly<Record<string, Json>> | undefined;
  readonly text: string;
}

/** Screens one message, and tells what became of it, what was written down and what the server was told. */
async function screened(
  sent: object | string,
  options: { settings?: Partial<ServerRequests>; era?: 'legacy' | 'modern'; final?: boolean; upstream?: string } = {},
) {
  const recorded: Recorded[] = [];
  const told: unknown[] = [];
  const text = typeof sent === 'string' ? sent : JSON.stringify(sent);
  const message: ForwardedMessage = { final: options.final ?? false, text, status: 200, headers: {}, event: undefined };
  const call = {
    callId: 'call_1',
    era: options.era ?? 'legacy',
    method: 'tools/call',
    id: 7,
    sessionId: 'ses_1',
    headers: { 'mcp-session-id': 's1', authorization: 'Bearer of the caller', 'mcp-method': 'tools/call' },
    caller,
    connection: {
      name: 'ops',
      upstream: { url: options.upstream ?? 'http://ops.internal:8080/mcp' },
      serverRequests: { ...defaults, ...options.settings },
    },
  } as unknown as KnownCall;
  const asks = new ServerAsks();
  const parts = {
    config: () => ({ policy }) as Config,
    masker: createMasker(),
    asks,
    recorder: {
      message: async (_call: unknown, direction: string, body: { bytes: Buffer }, facts: Recorded['facts']) =>
        void recorded.push({ direction, facts, text: body.bytes.toString('utf8') }),
    } as unknown as Recorder,
    upstreams: {
      send: async (request: UpstreamRequest) => {
        told.push({ ...(JSON.parse(String(request.body)) as object), headers: request.headers });
        return { kind: 'body' };
      },
    } as unknown as Upstreams,
    now: () => new Date(0),
  };
  const outcome = screenRequest(parts, call, message);
  return { recorded, told, asks, message, outcome };
}

const open = ruleSchema.parse({ id: 'open', decision: 'allow', match: { uri: 'open://*' } });
const policy: Config['policy'] = {
  rules: [compileRule(open, undefined)],
  defaultDecision: 'block',
  defaultApproval: undefined,
};

const request = (method: string, params?: object) => ({ jsonrpc: '2.0', id: 3, method, params });
const form = (properties: object) =>
  request('elicitation/create', { message: 'hi', requestedSchema: { type: 'object', properties } });
const link = (url: string) =>
  request('elicitation/create', { mode: 'url', message: 'log in', url, elicitationId: 'e1' });
const inputRequired = (inputRequests: object) => ({
  jsonrpc: '2.0',
  id: 7,
  result: { resultType: 'input_required', inputRequests },
});

describe('a request of a server', () => {
  test.each([
    ['sampling', request('sampling/createMessage', { messages: [] })],
    ['elicitation', form({ name: { type: 'string' } })],
    ['roots', request('roots/list')],
  ])('for %s passes as it came, and is remembered until it is answered', async (kind, sent) => {
    const { outcome, message, asks, recorded, told } = await screened(sent);
    expect(await outcome).toEqual({ ...message, facts: { asks: kind } });
    expect(asks.take({ sessionId: 'ses_2', id: 3 })).toBeUndefined();
    expect(asks.take({ sessionId: 'ses_1', id: '3' })).toBeUndefined();
    expect(asks.take({ sessionId: 'ses_1', id: 3 })).toBe(kind);
    expect(asks.take({ sessionId: 'ses_1', id: 3 })).toBeUndefined();
    expect([recorded, told]).toEqual([[], []]);
  });

  test('that is a ping passes, whatever the settings', async () => {
    const { outcome, message } = await screened(request('ping'), { settings: everythingBlocked });
    expect(await outcome).toBe(message);
  });

  test.each([
    ['sampling/createMessage', -1, 'sampling'],
    ['elicitation/create', -1, 'elicitation'],
    ['roots/list', -32_601, 'roots'],
    ['tasks/result', -32_601, 'tasks'],
  ])('is refused where %s is blocked: the caller never sees it, the server is told', async (method, code, kind) => {
    const sent = request(method, { message: 'mail jane.doe@example.com' });
    const { outcome, recorded, told } = await screened(sent, { settings: everythingBlocked });
    expect(await outcome).toBeUndefined();
    expect(recorded.map(({ direction, facts }) => [direction, facts?.['refused'], facts?.['asks']])).toEqual([
      ['to_caller', true, kind],
      ['to_server', true, undefined],
    ]);
    expect(recorded[0]?.text).toContain('[REDACTED:email]');
    expect(told).toMatchObject([
      { id: 3, error: { code, message: expect.stringContaining('serverRequests.') as string } },
    ]);
  });

  test('of a kind that nobody knows is refused, and the refusal carries the session and nothing of the caller', async () => {
    const { outcome, told } = await screened(request('secrets/export'));
    expect(await outcome).toBeUndefined();
    expect(told).toMatchObject([{ id: 3, error: { code: -32_601 }, headers: { 'mcp-session-id': 's1' } }]);
    expect(JSON.stringify(told)).not.toMatch(/authorization|mcp-method/);
  });

  test('has no place in the modern era, where nobody could answer it', async () => {
    const { outcome, told, recorded } = await screened(request('roots/list'), { era: 'modern' });
    expect(await outcome).toBeUndefined();
    expect(told).toEqual([]);
    expect(recorded).toMatchObject([{ direction: 'to_caller', facts: { refused: true } }]);
  });

  test.each([
    ['its method twice', '{"jsonrpc":"2.0","id":3,"method":"elicitation/create","method":"ping"}'],
    ['its method twice, once disguised', '{"jsonrpc":"2.0","id":3,"meth\\u006fd":"roots/list","method":"ping"}'],
    ['its method in another case', '{"jsonrpc":"2.0","id":3,"method":"ping","Method":"roots/list"}'],
    ['its mode twice', '{"id":3,"method":"elicitation/create","params":{"mode":"url","mode":"form"}}'],
    ['its fields in a batch', '[{"jsonrpc":"2.0","id":3,"method":"roots/list"}]'],
    [
      'more depth than can be looked through',
      `{"id":3,"method":"roots/list","params":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    ],
    ['no usable id', '{"jsonrpc":"2.0","id":null,"method":"roots/list"}'],
  ])('with %s does not reach the caller', async (_what, sent) => {
    const { outcome, recorded } = await screened(sent);
    expect(await outcome).toBeUndefined();
    expect(recorded[0]?.facts).toMatchObject({ refused: true });
  });
});

describe('an elicitation of a server', () => {
  test.each([
    ['a secret', form({ password: { type: 'string' } })],
    ['a login at a foreign host', link('https://x.example/')],
  ])('for %s is refused like parameters that are wrong', async (_what, sent) => {
    const { outcome, told } = await screened(sent);
    expect(await outcome).toBeUndefined();
    expect(told).toMatchObject([{ id: 3, error: { code: -32_602 } }]);
  });
});

describe('an answer that asks its caller for more', () => {
  const asks = { who: { method: 'elicitation/create', params: { message: 'hi', requestedSchema: {} } } };

  test('passes as it came when all it asks for is allowed', async () => {
    const sent = inputRequired({ ...asks, what: { method: 'roots/list' } });
    const { outcome, message } = await screened(sent, { final: true, era: 'modern' });
    expect(await outcome).toBe(message);
  });

  test.each<[string, object, Partial<ServerRequests>]>([
    [
      'something blocked',
      inputRequired({ ...asks, what: { method: 'sampling/createMessage' } }),
      { sampling: 'block' },
    ],
    ['something unknown', inputRequired({ what: { method: 'secrets/export' } }), {}],
    ['something without a name', inputRequired({ what: 1 }), {}],
    [
      'a login at a foreign host',
      { id: 7, error: { code: -32_042, data: { elicitations: [link('https://x.example').params] } } },
      {},
    ],
    ['a ping with a request in it', { id: 7, method: 'elicitation/create', params: {} }, {}],
    [
      'something in a task',
      { id: 7, result: { taskId: 't', status: 'input_required', inputRequests: asks } },
      everythingBlocked,
    ],
  ])('is refused as a whole when it asks for %s', async (_what, sent, settings) => {
    const { outcome, recorded } = await screened(sent, { final: true, era: 'modern', settings });
    await expect(outcome).rejects.toThrow(/^Blocked: /);
    expect(recorded).toMatchObject([{ direction: 'to_caller', facts: { refused: true } }]);
  });

  test('is refused in its disguises', async () => {
    const plain = JSON.stringify(inputRequired({ what: { method: 'sampling/createMessage' } }));
    const disguises = [
      plain.replace('inputRequests', 'inp\\u0075tRequests'),
      plain.replace('"inputRequests"', '"inputRequests":{},"inputRequests"'),
      plain.replace(/}}}$/, '},"inputRequests":{}}}'),
    ];
    for (const sent of disguises) {
      const { outcome } = await screened(sent, { final: true, era: 'modern', settings: { sampling: 'block' } });
      await expect(outcome).rejects.toThrow(/^Blocked: /);
    }
  });

  test("becomes an error on a stream that carries other calls' answers", async () => {
    const sent = {
      jsonrpc: '2.0',
      id: 41,
      error: { code: -32_042, data: { elicitations: [link('https://x.example').params] } },
    };
    const outcome = await (await screened(sent)).outcome;
    expect(JSON.parse(outcome?.text ?? '')).toMatchObject({
      id: 41,
      result: { isError: true, _meta: { 'dev.countersign/outcome': { code: 'blocked' } } },
    });
  });
});

describe('a notification of a server', () => {
  const updated = (uri: unknown) => ({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } });

  test('about a resource passes to those who may read it, and to nobody else', async () => {
    const readable = await screened(updated('open://a'));
    expect(await readable.outcome).toBe(readable.message);
    for (const uri of ['secret://a', undefined, 1]) {
      const { outcome, recorded, told } = await screened(updated(uri));
      expect(await outcome).toBeUndefined();
      expect(recorded).toMatchObject([{ direction: 'to_caller', facts: { refused: true } }]);
      expect(told).toEqual([]);
    }
  });

  test('of any other kind passes, known or not, also with text that was cut in a character', async () => {
    for (const sent of [
      { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
      { jsonrpc: '2.0', method: 'notifications/of/tomorrow', params: { a: 1 } },
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"\\ud83d"}}',
      '',
      'no JSON at all',
    ]) {
      const { outcome, message } = await screened(sent);
      expect(await outcome).toBe(message);
    }
  });
});
