import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { json, sse, startScriptedServer, stream, type ScriptedServer } from '../support/scripted-server.ts';
import { legacyHeaders, modernRequest } from '../support/transport-caller.ts';

const streamsOfEachEra = 100;
/** What an hour brings to each stream: a comment every 15 s, a notification every minute. */
const commentsAnHour = 240;
const notificationsAnHour = 60;
/** Exceeded when each of the 12,000 notifications leaves 175 bytes behind. */
const growthBytesMax = 2 * 1024 * 1024;

let upstream: ScriptedServer;
let gateway: ChildProcess;
let url = '';
const open: ServerResponse[] = [];
const agent = new Agent({ maxSockets: Infinity });

beforeAll(async () => {
  upstream = await startScriptedServer();
  let sessions = 0;
  upstream.answer((heard, response) => {
    if (heard.message.method === 'initialize') {
      const result = { protocolVersion: '2025-11-25', capabilities: {} };
      const id = `session-${String((sessions += 1))}`;
      return json(response, { jsonrpc: '2.0', id: 0, result }, 200, { 'mcp-session-id': id });
    }
    stream(response, [': open\n\n'], false);
    open.push(response);
  });
  gateway = fork('test/support/transport-gateway-process.ts', [upstream.url], {
    execArgv: ['--expose-gc', '--import', 'tsx'],
  });
  const [ready] = (await once(gateway, 'message')) as [{ url: string }];
  ({ url } = ready);
});
afterAll(async () => {
  gateway.kill();
  agent.destroy();
  await upstream.close();
});

async function memory(): Promise<number> {
  const answered = once(gateway, 'message') as Promise<[{ bytes: number }]>;
  gateway.send('memory');
  return (await answered)[0].bytes;
}

function send(method: string, headers: Record<string, string>, body?: object): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, resolve);
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Calls for every whole line, wherever the network cuts the stream. */
function onLine(response: IncomingMessage, see: (line: string) => void): void {
  let rest = '';
  response.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) see(line);
  });
}

/** A legacy session's GET stream. */
async function openSessionStream(): Promise<IncomingMessage> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'idle', version: '1' } };
  const opened = await send('POST', legacyHeaders, { jsonrpc: '2.0', id: 0, method: 'initialize', params });
  opened.resume();
  const session = String(opened.headers['mcp-session-id']);
  return send('GET', { ...legacyHeaders, 'mcp-session-id': session });
}

/** `subscriptions/listen` of 2026-07-28. */
async function openSubscription(index: number): Promise<IncomingMessage> {
  const { body, headers } = modernRequest('subscriptions/listen', { notifications: {} }, index);
  return send('POST', headers, body);
}

test('memory stays flat over an hour’s worth of events on 200 idle streams', async () => {
  let comments = 0;
  let notifications = 0;
  for (let i = 0; i < streamsOfEachEra; i += 1) {
    for (const response of [await openSessionStream(), await openSubscription(i)]) {
      expect(response.statusCode).toBe(200);
      onLine(response, (line) => {
        if (line === ': keep-alive') comments += 1;
        if (line === 'event: message') notifications += 1;
      });
      response.on('error', () => undefined);
    }
  }
  expect(open).toHaveLength(2 * streamsOfEachEra);

  const sent = { comments: 0, notifications: 0 };
  const spend = async (share: number): Promise<void> => {
    const minutes = Math.round(notificationsAnHour * share);
    for (let minute = 0; minute < minutes; minute += 1) {
      const note = { level: 'info', data: `minute ${String(minute)} ${'of waiting '.repeat(20)}` };
      const event = sse({ jsonrpc: '2.0', method: 'notifications/message', params: note }, String(minute));
      for (const response of open)
        response.write(': keep-alive\n\n'.repeat(commentsAnHour / notificationsAnHour) + event);
      sent.comments += (open.length * commentsAnHour) / notificationsAnHour;
      sent.notifications += open.length;
      await eventually(
        'every event has arrived',
        () => (comments === sent.comments && notifications === sent.notifications ? true : undefined),
        20_000,
      );
    }
  };
  await spend(0.2);
  const warm = await memory();
  await spend(1);
  const grown = (await memory()) - warm;
  expect(grown).toBeLessThan(growthBytesMax);

  for (const response of open) response.end();
  // What 200 open streams need is free again.
  await eventually('the streams’ memory is free again', async () => ((await memory()) < warm ? true : undefined));
}, 120_000);
