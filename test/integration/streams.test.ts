import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { json, sse, startScriptedServer, stream, type ScriptedServer } from '../support/scripted-server.ts';
import {
  legacyHeaders,
  messagesOf,
  modernRequest,
  openReader,
  outcomeIn,
  post,
  toolCall,
} from '../support/transport-caller.ts';
import { startTransportGateway, type TransportGateway } from '../support/transport-gateway.ts';

let upstream: ScriptedServer;
let gateway: TransportGateway;

const answer = (id: string | number) => ({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'done' }] } });
const progress = (n: number) => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken: 't', progress: n },
});
const mebibyte = 1024 * 1024;

beforeEach(async () => {
  upstream = await startScriptedServer();
  gateway = await startTransportGateway(upstream.url, { timeout: '2s', tools: { quick: { timeout: '1s' } } });
});
afterEach(async () => {
  await upstream.close();
  await gateway.close();
});

describe('a stream', () => {
  test('passes what comes before the answer at once, in order and byte for byte', async () => {
    const texts = [
      ': a comment\n\n',
      `id: 7\nretry: 500\ndata: ${JSON.stringify(progress(1))}\n\n`,
      sse({ jsonrpc: '2.0', id: 'server-1', method: 'roots/list' }),
      `event: message\r\ndata: ${JSON.stringify(progress(2))}\r\n\r\n`,
      `data: {"jsonrpc":"2.0",\ndata: "id":1,"result":{"n":1.0,"big":12345678901234567890}}\nid: 9\n\n`,
    ];
    upstream.answer((_heard, response) => stream(response, texts));
    const { status, headers, text } = await post(gateway.url, toolCall(1));
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(text).toBe(texts.join(''));
    expect(gateway.story()).toEqual([
      'request.received allow',
      'message.relayed to_caller',
      'message.relayed to_caller',
      'message.relayed to_caller',
      'response.recorded answered',
    ]);
  });

  test('reaches the caller event by event while the server still works', async () => {
    let finish = (): void => undefined;
    upstream.answer((_heard, response) => {
      stream(response, [sse(progress(1))], false);
      finish = () => void response.end(sse(answer(1)));
    });
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: legacyHeaders,
      body: JSON.stringify(toolCall(1)),
    });
    const reader = openReader(response);
    expect(await reader.next()).toContain('"progress":1');
    finish();
    expect(await reader.next()).toContain('done');
    expect(await reader.next()).toBeUndefined();
  });

  test('is never ended without a terminal message when the server dies in the middle', async () => {
    upstream.answer((_heard, response) => {
      stream(response, [sse(progress(1))], false);
      setImmediate(() => response.destroy());
    });
    const { text } = await post(gateway.url, toolCall(5));
    const last = messagesOf(text).at(-1);
    expect(last).toMatchObject({ id: 5, result: { isError: true } });
    expect(outcomeIn(text)).toBe('unknown');
    expect(gateway.story().at(-1)).toBe('call.closed unknown');
  });

  test('is ended with a terminal message when the server closes it without an answer', async () => {
    upstream.answer((_heard, response) => stream(response, [sse(progress(1))]));
    const { text } = await post(gateway.url, toolCall(5));
    expect(messagesOf(text).at(-1)).toMatchObject({ id: 5, result: { isError: true } });
  });

  test('is ended with a terminal message when the ledger fails in the middle, and nothing unrecorded passes', async () => {
    upstream.answer((_heard, response) => {
      stream(response, [sse(progress(1))], false);
      setTimeout(() => {
        gateway.breakLedger(true);
        response.end(sse(progress(2)) + sse(answer(5)));
      }, 50);
    });
    const { text } = await post(gateway.url, toolCall(5));
    const messages = messagesOf(text);
    expect(messages).toHaveLength(2);
    expect(messages[1]).toMatchObject({ id: 5, error: { code: -31505 } });
    expect(text).not.toContain('done');
    gateway.breakLedger(false);
    await eventually('the end of the call is owed and paid', () =>
      gateway.story().includes('call.closed unknown') ? true : undefined,
    );
  });

  test('is ended with a terminal message, and the call with an outcome, when the gateway stops', async () => {
    upstream.answer((_heard, response) => stream(response, [sse(progress(1))], false));
    const answered = post(gateway.url, toolCall(5));
    await eventually('the call is under way', () => (upstream.heard.length === 1 ? true : undefined));
    gateway.replies.cutOffAll();
    const { text } = await answered;
    expect(messagesOf(text).at(-1)).toMatchObject({ id: 5, result: { isError: true } });
    expect(text).toContain('the gateway stopped');
    expect(gateway.story()).toContain('call.closed unknown');
  });

  test('of events that are no messages is passed, and their data masked like any other text', async () => {
    const secret = ['AKIA', 'Q3EGRIBU7SQXMZ2P'].join('');
    upstream.answer((_heard, response) =>
      stream(response, [`event: note\ndata: key ${secret}\n\n`, 'event: ping\ndata: hello\n\n', sse(answer(1))]),
    );
    const { text } = await post(gateway.url, toolCall(1));
    expect(text).toContain('event: ping\ndata: hello\n\n');
    expect(text).not.toContain(secret);
    expect(text).toContain('[REDACTED:');
  });

  test('loses a comment or an unknown field that holds a secret, and keeps the message beside it', async () => {
    const secret = ['AKIA', 'Q3EGRIBU7SQXMZ2P'].join('');
    upstream.answer((_heard, response) =>
      stream(response, [
        `: key ${secret}\n\n`,
        `x-note: ${secret}\nid: 3\nretry: 900\ndata: ${JSON.stringify(progress(1))}\n\n`,
        `\uFEFFdata: ${secret}\n\n`,
        sse(answer(1)),
      ]),
    );
    const { text } = await post(gateway.url, toolCall(1));
    expect(text).not.toContain(secret);
    expect(text).toContain(`id: 3\ndata: ${JSON.stringify(progress(1))}\nretry: 900\n\n`);
    expect(messagesOf(text)).toHaveLength(2);
  });
});

describe('an answer', () => {
  test.each([
    [
      'a body',
      (response: ServerResponse) => response.end(`{"jsonrpc":"2.0","x":"${'a'.repeat(17 * mebibyte)}"}`),
      'application/json',
    ],
    [
      'an event',
      (response: ServerResponse) => response.end(`data: ${'a'.repeat(17 * mebibyte)}\n\n`),
      'text/event-stream',
    ],
  ])('larger than 16 MiB, as %s, is withheld with an error that names the limit', async (_name, write, type) => {
    upstream.answer((_heard, response) => {
      response.writeHead(200, { 'content-type': type });
      write(response);
    });
    const { status, text } = await post(gateway.url, toolCall(1));
    expect(status).toBe(200);
    expect(outcomeIn(text)).toBe('withheld');
    expect(text).toContain('16 MiB');
  });

  test('just below 16 MiB passes, byte for byte', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { text: 'lorem ipsum '.repeat(1_300_000) } });
    upstream.answer((_heard, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body));
    expect((await post(gateway.url, toolCall(1))).text === body).toBe(true);
  }, 60_000);

  test('that is not UTF-8 is withheld', async () => {
    upstream.answer((_heard, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(Buffer.from([0x3c, 0xff, 0xfe])),
    );
    expect(outcomeIn((await post(gateway.url, toolCall(1))).text)).toBe('withheld');
  });

  test('that does not come in time ends the call as unknown, and a legacy server is told', async () => {
    upstream.answer((heard, response) => {
      if (heard.message.method === 'notifications/cancelled') response.writeHead(202).end();
    });
    const began = performance.now();
    const { text } = await post(gateway.url, toolCall(5, 'quick'));
    expect(performance.now() - began).toBeLessThan(1_900);
    expect(outcomeIn(text)).toBe('unknown');
    expect(text).toContain('within 1 s');
    const told = await eventually('the server is told', () => upstream.heard[1]);
    expect(told.message).toMatchObject({ method: 'notifications/cancelled', params: { requestId: 5 } });
    expect(gateway.story()).toContain('message.relayed to_server');
  });

  test("is waited for no longer than the tool's own limit, however much progress there is", async () => {
    upstream.answer((heard, response) => {
      if (heard.message.method === 'notifications/cancelled') return void response.writeHead(202).end();
      stream(response, [], false);
      let n = 0;
      const ticks = setInterval(() => response.write(sse(progress((n += 1)))), 50);
      response.on('close', () => clearInterval(ticks));
    });
    const { text } = await post(gateway.url, toolCall(5, 'quick'));
    expect(outcomeIn(text)).toBe('unknown');
    expect(messagesOf(text).length).toBeGreaterThan(5);
  });
});

describe('a call taken back', () => {
  test('by a modern caller that goes away is aborted at its server, and recorded as cancelled', async () => {
    let aborted = false;
    upstream.answer((_heard, response) => {
      stream(response, [sse(progress(1))], false);
      response.on('close', () => (aborted = true));
    });
    const { body, headers } = modernRequest('tools/call', { name: 'slow', arguments: {} });
    const leave = new AbortController();
    const answered = post(gateway.url, body, headers, leave.signal).catch(() => 'left');
    await eventually('the call is under way', () => (upstream.heard.length === 1 ? true : undefined));
    leave.abort();
    expect(await answered).toBe('left');
    await eventually('the server sees it', () => (aborted ? true : undefined));
    await eventually('it is recorded', () => (gateway.story().includes('call.closed cancelled') ? true : undefined));
  });

  test('by a legacy caller that goes away is not: its answer is recorded', async () => {
    let finish = (): void => undefined;
    upstream.answer((_heard, response) => {
      stream(response, [sse(progress(1))], false);
      finish = () => void response.end(sse(answer(1)));
    });
    const leave = new AbortController();
    const answered = post(gateway.url, toolCall(1), legacyHeaders, leave.signal).catch(() => 'left');
    await eventually('the call is under way', () => (upstream.heard.length === 1 ? true : undefined));
    leave.abort();
    expect(await answered).toBe('left');
    finish();
    await eventually('it is recorded', () =>
      gateway.story().includes('response.recorded answered') ? true : undefined,
    );
  });

  test('by notifications/cancelled is taken back at its server and ends, even when the server says nothing', async () => {
    upstream.answer((heard, response) => {
      const { method } = heard.message;
      if (method === 'initialize') json(response, answer(0), 200, { 'mcp-session-id': 'session-1' });
      else if (method === 'notifications/cancelled') response.writeHead(202).end();
      else stream(response, [sse(progress(1))], false);
    });
    const gatewayOfPatience = await startTransportGateway(upstream.url, { timeout: '60s' });
    await post(gatewayOfPatience.url, { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} });
    const session = { ...legacyHeaders, 'mcp-session-id': 'session-1' };
    const answered = post(gatewayOfPatience.url, toolCall(8), session);
    await eventually('the call is under way', () => (upstream.heard.length === 2 ? true : undefined));
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 8 } };
    expect((await post(gatewayOfPatience.url, cancel, session)).status).toBe(202);
    expect(upstream.heard[2]?.body).toBe(JSON.stringify(cancel));
    expect(messagesOf((await answered).text).at(-1)).toMatchObject({ id: 8 });
    expect(gatewayOfPatience.story()).toContain('call.closed cancelled');
    expect(upstream.heard).toHaveLength(3);
    await gatewayOfPatience.close();
  });
});
