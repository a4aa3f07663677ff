import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pino } from 'pino';
import type { RecordedCall } from '../../../../gateway/call.ts';
import type { Connection } from '../../../../gateway/config/config.ts';
import { UpstreamCredentials } from '../../../../gateway/forward/credentials.ts';
import { forwardCall, type ForwardedMessage, type ForwardParts } from '../../../../gateway/forward/forward-call.ts';
import { OpenCalls } from '../../../../gateway/forward/open-calls.ts';
import { Upstreams } from '../../../../gateway/forward/upstream.ts';
import { json, sse, startScriptedServer, stream, type ScriptedServer } from '../../../support/scripted-server.ts';

let upstream: ScriptedServer;
let upstreams: Upstreams;
let ended: string[] = [];

beforeEach(async () => {
  upstream = await startScriptedServer();
  ended = [];
  const signIdentity = () => Promise.reject(new Error('no identity is asked for here'));
  upstreams = new Upstreams(
    new UpstreamCredentials({ now: () => new Date(0), fetch, signIdentity, log: pino({ level: 'silent' }) }),
  );
});
afterEach(async () => {
  await upstream.close();
  await upstreams.close();
});

/** A call that was held, approved, and is now carried out. */
async function carryOut(timeoutMs = 2_000): Promise<ForwardedMessage[]> {
  const recorder = {
    closeQuietly: () => Promise.resolve(),
    message: () => Promise.resolve({ seq: 1, id: 'e' }),
  } as unknown as ForwardParts['recorder'];
  const sessions = { end: (_c: string, id: string) => Promise.resolve(void ended.push(id)) };
  const connection = { name: 'up', upstream: { url: upstream.url }, timeoutMs, tools: {} } as unknown as Connection;
  const never = new AbortController().signal;
  const call = {
    callId: 'call_1',
    connection,
    era: 'legacy',
    method: 'tools/call',
    tool: 'restart',
    id: 7,
    raw: Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'restart' } })),
    headers: { 'content-type': 'application/json', 'mcp-session-id': 'session-1' },
    judgement: { verdict: 'hold', ruleIds: [] },
    reply: { gone: never, whenCut: () => () => undefined, endless: false },
    sessionId: 'ses_1',
    principal: 'issuer#tester',
  } as unknown as RecordedCall;
  const parts = { upstreams, sessions, recorder, openCalls: new OpenCalls(recorder) } as unknown as ForwardParts;
  const messages: ForwardedMessage[] = [];
  for await (const message of forwardCall(parts, call)) {
    messages.push(message);
    if (message.final) break;
  }
  return messages;
}

const answer = { jsonrpc: '2.0', id: 7, result: { content: [] } };

describe('a held call', () => {
  test('whose server closes its stream early is asked for again, until the answer', async () => {
    let asked = 0;
    upstream.answer((heard, response) => {
      if (heard.method === 'POST') return stream(response, ['id: 1\nretry: 100\ndata: \n\n']);
      asked += 1;
      if (asked < 3) stream(response, [`id: ${String(asked + 1)}\nretry: 150\ndata: \n\n`]);
      else stream(response, [sse(answer, '9')]);
    });
    const messages = await carryOut();
    expect(messages.at(-1)).toMatchObject({ final: true, text: JSON.stringify(answer) });
    expect(upstream.heard.map(({ method, headers }) => [method, headers['last-event-id']])).toEqual([
      ['POST', undefined],
      ['GET', '1'],
      ['GET', '2'],
      ['GET', '3'],
    ]);
    expect(upstream.heard[1]?.headers).toMatchObject({ accept: 'text/event-stream', 'mcp-session-id': 'session-1' });
    expect(upstream.heard[1]?.headers['content-type']).toBeUndefined();
  });

  test('is asked for no sooner than its server wants', async () => {
    upstream.answer((heard, response) => {
      if (heard.method === 'POST') stream(response, ['id: 1\nretry: 600\ndata: \n\n']);
      else stream(response, [sse(answer)]);
    });
    const began = performance.now();
    await carryOut();
    expect(performance.now() - began).toBeGreaterThan(550);
  });

  test('is given up at its deadline, however often its server closes the stream', async () => {
    upstream.answer((heard, response) => {
      if (heard.message.method === 'notifications/cancelled') response.writeHead(202).end();
      else stream(response, ['id: 1\nretry: 100\ndata: \n\n']);
    });
    await expect(carryOut(700)).rejects.toMatchObject({ kind: 'timed_out' });
  });

  test('is not asked for again by a server that does not resume', async () => {
    upstream.answer((heard, response) => {
      if (heard.method === 'POST') stream(response, ['id: 1\nretry: 100\ndata: \n\n']);
      else json(response, { error: 'no' }, 400);
    });
    await expect(carryOut()).rejects.toMatchObject({ kind: 'interrupted' });
  });

  test.each<[string, number, object | string, object]>([
    [
      'an error without an id',
      400,
      { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'bad' } },
      { code: -32000, message: 'bad' },
    ],
    ['a page', 503, '<html>busy</html>', { code: -31502 }],
    ['nothing', 204, '', { code: -31502 }],
    ['an answer to another request', 200, { jsonrpc: '2.0', id: 8, result: {} }, { code: -31502 }],
  ])('whose server answers with %s is answered in JSON-RPC, under its own id', async (_name, status, body, error) => {
    upstream.answer((_heard, response) => {
      response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    const [message] = await carryOut();
    expect(JSON.parse(message?.text ?? '')).toMatchObject({ jsonrpc: '2.0', id: 7, error });
  });

  test('whose session ended while it waited says so, and the session ends here too', async () => {
    upstream.answer((_heard, response) => response.writeHead(404).end());
    const [message] = await carryOut();
    expect(message?.text).toContain('initialize again');
    expect(ended).toEqual(['session-1']);
  });
});
