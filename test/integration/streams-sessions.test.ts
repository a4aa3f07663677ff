import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  json,
  sse,
  startScriptedServer,
  stream,
  type Script,
  type ScriptedServer,
} from '../support/scripted-server.ts';
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

const inSession = { ...legacyHeaders, 'mcp-session-id': 'session-1' };
const answer = (id: string | number) => ({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'done' }] } });
const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const initialized = { jsonrpc: '2.0', id: 0, result: { protocolVersion: '2025-11-25', capabilities: {} } };

/** A server with one session, and the rest as the test has it. */
function withSession(script: Script): Script {
  return (heard, response, request) => {
    if (heard.message.method === 'initialize') json(response, initialized, 200, { 'mcp-session-id': 'session-1' });
    else script(heard, response, request);
  };
}

async function openSession(): Promise<void> {
  const opened = await post(gateway.url, initialize);
  expect(opened.headers.get('mcp-session-id')).toBe('session-1');
}

const open = (headers: Record<string, string>, signal?: AbortSignal) =>
  fetch(gateway.url, { headers: { ...headers, accept: 'text/event-stream' }, signal: signal ?? null });

beforeEach(async () => {
  upstream = await startScriptedServer();
  gateway = await startTransportGateway(upstream.url, { timeout: '3s' });
});
afterEach(async () => {
  await upstream.close();
  await gateway.close();
});

describe('a stream closed early with an event id', () => {
  beforeEach(async () => {
    upstream.answer(
      withSession((heard, response) => {
        if (heard.method === 'GET') stream(response, [sse(answer('late'), '2')]);
        else stream(response, ['id: 1\nretry: 100\ndata: \n\n']);
      }),
    );
    await openSession();
  });

  test('is closed early for the caller too, and the call stays open', async () => {
    const { text } = await post(gateway.url, toolCall('late'), inSession);
    expect(text).toBe('id: 1\nretry: 100\ndata: \n\n');
    expect(gateway.openCalls.awaited).toBe(1);
    expect(gateway.story().at(-1)).toBe('request.received allow');
  });

  test('has its answer on the resumed stream, recorded as the answer of that call', async () => {
    await post(gateway.url, toolCall('late'), inSession);
    const resumed = await open({ ...inSession, 'last-event-id': '1' });
    expect(await resumed.text()).toBe(sse(answer('late'), '2'));
    expect(upstream.heard.at(-1)?.headers['last-event-id']).toBe('1');
    const [call, recorded] = gateway.entries.slice(-2);
    expect(recorded).toMatchObject({ kind: 'response.recorded', outcome: 'answered', callId: call?.callId });
    expect(gateway.openCalls.awaited).toBe(0);
  });

  test('ends its call as unknown when nobody resumes it in time', async () => {
    await post(gateway.url, toolCall('late'), inSession);
    await eventually('the call ends', () => (gateway.story().includes('call.closed unknown') ? true : undefined));
    expect(gateway.openCalls.awaited).toBe(0);
  });

  test('ends its call as unknown when the gateway stops', async () => {
    await post(gateway.url, toolCall('late'), inSession);
    await gateway.openCalls.stop();
    expect(gateway.story().at(-1)).toBe('call.closed unknown');
  });

  test('gives its answer to nobody as the answer of a call of another id', async () => {
    await post(gateway.url, toolCall('other'), inSession);
    await (await open({ ...inSession, 'last-event-id': '1' })).text();
    expect(gateway.story().at(-1)).toBe('message.relayed to_caller');
    expect(gateway.openCalls.awaited).toBe(1);
  });

  test('withholds an answer that cannot be recorded, in words the caller can read', async () => {
    await post(gateway.url, toolCall('late'), inSession);
    gateway.breakLedger(true);
    const text = await (await open({ ...inSession, 'last-event-id': '1' })).text();
    expect(text).not.toContain('done');
    expect(messagesOf(text)).toMatchObject([{ id: 'late' }]);
  });
});

test('a stream that breaks behind an event id is mended from there, and its caller sees one stream', async () => {
  upstream.answer((heard, response) => {
    if (heard.method === 'GET') return stream(response, [sse(answer(3), '2')]);
    stream(response, ['id: 1\nretry: 100\ndata: \n\n'], false);
    setTimeout(() => response.destroy(), 50);
  });
  const { text } = await post(gateway.url, toolCall(3));
  expect(text).toBe('id: 1\nretry: 100\ndata: \n\n' + sse(answer(3), '2'));
  expect(upstream.heard.map(({ method, headers }) => [method, headers['last-event-id']])).toEqual([
    ['POST', undefined],
    ['GET', '1'],
  ]);
});

test('a stream that breaks behind an event id of a server that is gone ends with a terminal message', async () => {
  upstream.answer((_heard, response) => {
    stream(response, ['id: 1\nretry: 100\ndata: \n\n'], false);
    setTimeout(() => void upstream.close(), 20);
  });
  const { text } = await post(gateway.url, toolCall(3));
  expect(messagesOf(text.replace('data: \n', ''))).toMatchObject([{ id: 3, result: { isError: true } }]);
  expect(outcomeIn(text)).toBe('unknown');
});

describe('a session', () => {
  test('that its server no longer knows ends here too, and its client learns of it', async () => {
    upstream.answer(withSession((_heard, response) => json(response, { error: 'gone' }, 404)));
    await openSession();
    expect((await post(gateway.url, toolCall(1), inSession)).status).toBe(404);
    const asked = upstream.heard.length;
    expect((await post(gateway.url, toolCall(2), inSession)).status).toBe(404);
    expect(upstream.heard).toHaveLength(asked);
  });

  test('ends with DELETE, which is recorded before it is sent', async () => {
    let recordedBefore = false;
    upstream.answer(
      withSession((_heard, response) => {
        recordedBefore = gateway.story().includes('message.relayed to_server');
        response.writeHead(204).end();
      }),
    );
    await openSession();
    const ended = await fetch(gateway.url, { method: 'DELETE', headers: inSession });
    expect(ended.status).toBe(204);
    expect(recordedBefore).toBe(true);
    expect((await post(gateway.url, toolCall(1), inSession)).status).toBe(404);
  });

  test('lives on when its server does not let clients end it (405)', async () => {
    upstream.answer(
      withSession((heard, response) => {
        if (heard.method === 'DELETE') response.writeHead(405, { allow: 'POST' }).end();
        else json(response, answer(1));
      }),
    );
    await openSession();
    const refused = await fetch(gateway.url, { method: 'DELETE', headers: inSession });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await post(gateway.url, toolCall(1), inSession)).status).toBe(200);
  });

  test('nobody opened is not found, and its request never reaches the server', async () => {
    expect((await post(gateway.url, toolCall(1), inSession)).status).toBe(404);
    expect((await open(inSession)).status).toBe(404);
    expect(upstream.heard).toEqual([]);
  });

  test('means nothing in revision 2026-07-28: neither sent on nor echoed', async () => {
    upstream.answer((_heard, response) => json(response, answer(1), 200, { 'mcp-session-id': 'minted' }));
    const { body, headers } = modernRequest('tools/call', { name: 'x' });
    const answered = await post(gateway.url, body, { ...headers, 'mcp-session-id': 'session-1', 'last-event-id': '4' });
    expect(answered.status).toBe(200);
    expect(answered.headers.get('mcp-session-id')).toBeNull();
    expect(upstream.heard[0]?.headers['mcp-session-id']).toBeUndefined();
    expect(upstream.heard[0]?.headers['last-event-id']).toBeUndefined();
  });
});

describe("a session's own stream", () => {
  test('passes each event at once, skips what cannot be masked, and ends when the gateway stops', async () => {
    const secret = ['AKIA', 'Q3EGRIBU7SQXMZ2P'].join('');
    const note = (data: string) => ({
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: 'info', data },
    });
    upstream.answer(
      withSession((_heard, response) =>
        stream(response, [sse(note('one'), '1'), 'id: 2\ndata: not json\n\n', sse(note(secret), '3')], false),
      ),
    );
    await openSession();
    const reader = openReader(await open(inSession));
    expect(await reader.next()).toBe(sse(note('one'), '1'));
    expect(await reader.next()).toBe('id: 2\n\n');
    const third = await reader.next();
    expect(third).toContain('[REDACTED:');
    expect(third).not.toContain(secret);
    gateway.replies.endEndless();
    expect(await reader.next()).toBeUndefined();
  });

  test('is closed at the server when the caller leaves', async () => {
    let closed = false;
    upstream.answer(
      withSession((_heard, response) => {
        stream(response, [': hello\n\n'], false);
        response.on('close', () => (closed = true));
      }),
    );
    await openSession();
    const leave = new AbortController();
    const reader = openReader(await open(inSession, leave.signal));
    await reader.next();
    leave.abort();
    await eventually('the server sees it', () => (closed ? true : undefined));
    expect(gateway.replies.size).toBe(0);
  });

  test('is left to a server without sessions to open or to refuse', async () => {
    upstream.answer((_heard, response) => response.writeHead(405, { allow: 'POST' }).end());
    const refused = await open(legacyHeaders);
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
    expect(upstream.heard).toHaveLength(1);
  });

  test.each(['GET', 'DELETE'])('does not exist in revision 2026-07-28: %s is answered 405', async (method) => {
    const refused = await fetch(gateway.url, { method, headers: { 'mcp-protocol-version': '2026-07-28' } });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
    expect(upstream.heard).toEqual([]);
  });
});

describe('a stream that belongs to no call', () => {
  test('loses the fields that its caller may not see, in whatever the server says there', async () => {
    await gateway.close();
    gateway = await startTransportGateway(upstream.url, { data: ['personal'] });
    const log = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: { salary: 4711 } } };
    const note = { ...log, params: { level: 'info', data: 'the salary is 4712' } };
    upstream.answer(
      withSession((heard, response) => {
        if (heard.method === 'GET') stream(response, [': salary 4713\n', sse(log, '1'), sse(note, '2'), sse(log, '3')]);
        else json(response, answer(String(heard.message.id)));
      }),
    );
    await openSession();
    const seen = await (await open(inSession)).text();
    expect(seen).toContain('"salary":0');
    expect(seen).toContain('"data":"[REDACTED:field]"');
    expect(seen).not.toMatch(/471\d/);
    expect(JSON.stringify(gateway.entries)).not.toMatch(/471\d/);
  });
});
