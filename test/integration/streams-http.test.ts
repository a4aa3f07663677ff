import { connect as openSocket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createChance, type Chance } from '../support/chance.ts';
import { eventually } from '../support/eventually.ts';
import { json, sse, startScriptedServer, stream, type ScriptedServer } from '../support/scripted-server.ts';
import { legacyHeaders, modernRequest, openReader, post, toolCall } from '../support/transport-caller.ts';
import { startTransportGateway, type TransportGateway } from '../support/transport-gateway.ts';

let upstream: ScriptedServer;
let gateway: TransportGateway;
const mebibyte = 1024 * 1024;
const answer = (id: string | number) => ({ jsonrpc: '2.0', id, result: { ok: true } });

beforeEach(async () => {
  upstream = await startScriptedServer();
  upstream.answer((heard, response) => json(response, answer(heard.message.id ?? 0)));
  gateway = await startTransportGateway(upstream.url);
});
afterEach(async () => {
  await upstream.close();
  await gateway.close();
});

/** Writes to the gateway's socket as it is told, and returns what came back until the gateway closed or fell silent. */
async function raw(parts: readonly string[], until: RegExp): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const socket = openSocket(Number(port), hostname);
  let got = '';
  socket.on('data', (chunk: Buffer) => (got += chunk.toString('utf8')));
  socket.on('error', () => undefined);
  for (const part of parts) socket.write(part);
  await eventually(`the gateway says ${until.source}`, () => (until.test(got) ? true : undefined), 10_000);
  socket.destroy();
  return got;
}

describe('what the server gets', () => {
  test('are the bytes that came, with the headers that mean something to it and no others', async () => {
    const body = ' { "jsonrpc":"2.0" , "id" : 1,"method":"tools/call","params":{"arguments":{"n":1.00},"name":"x"}}\n';
    await post(gateway.url, body, {
      ...legacyHeaders,
      authorization: 'Bearer of-the-caller',
      cookie: 'a=b',
      'user-agent': 'client/1',
      'last-event-id': '5',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b',
      'x-forwarded-for': '10.0.0.1',
      'accept-encoding': 'gzip',
      te: 'trailers',
    }).catch(() => undefined);
    const { authorization: _none, ...headers } = legacyHeaders as Record<string, string>;
    await post(gateway.url, body, {
      ...headers,
      cookie: 'a=b',
      'user-agent': 'client/1',
      'x-forwarded-for': '10.0.0.1',
    });
    const [heard] = upstream.heard;
    expect(heard?.body).toBe(body);
    expect(Object.keys(heard?.headers ?? {}).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'content-length',
      'content-type',
      'host',
      'mcp-protocol-version',
      'user-agent',
    ]);
    expect(heard?.headers).toMatchObject({ 'accept-encoding': 'identity', 'user-agent': 'client/1' });
    expect(heard?.headers.host).toBe(new URL(upstream.url).host);
  });

  test('are the mirrored and trace headers of a modern request, also ones that nobody knows', async () => {
    const { body, headers } = modernRequest('tools/call', { name: 'x', arguments: {} });
    const more = {
      'mcp-param-region': '=?base64?w6k=?=',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      baggage: 'a=1',
    };
    await post(gateway.url, body, { ...headers, ...more });
    expect(upstream.heard[0]?.headers).toMatchObject({ ...more, 'mcp-method': 'tools/call', 'mcp-name': 'x' });
  });

  test('is nothing at all of a message that the scanner or the protocol refuses', async () => {
    const chance = createChance(60_606);
    let refused = 0;
    for (let round = 0; round < 300; round += 1) {
      const bytes = damaged(chance, Buffer.from(JSON.stringify(toolCall(round))));
      const heardBefore = upstream.heard.length;
      const { status, text } = await post(gateway.url, bytes);
      if (upstream.heard.length > heardBefore) {
        expect(upstream.heard.at(-1)?.body).toBe(Buffer.from(bytes).toString('utf8'));
        continue;
      }
      if (status === 200) continue;
      refused += 1;
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
    }
    expect(refused).toBeGreaterThan(100);
  });
});

function damaged(chance: Chance, bytes: Buffer): Uint8Array<ArrayBuffer> {
  const at = chance.below(bytes.length);
  const parts = [
    bytes.subarray(0, at),
    Buffer.from(chance.pick(['"', '\\', ',', '{', '\u0000', 'id', '7', ' '])),
    bytes.subarray(at + chance.below(3)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

describe('what the caller gets', () => {
  test('are the server’s status and headers that are for it, and its bytes', async () => {
    const body = '{"jsonrpc":"2.0","id":1,"result":{"b":1.10,"a":"\\u0041"}}';
    upstream.answer((_heard, response) =>
      response
        .writeHead(200, {
          'content-type': 'application/json; charset=utf-8',
          'cache-control': 'private',
          'retry-after': '3',
          'set-cookie': 'a=b',
          'access-control-allow-origin': '*',
          'www-authenticate': 'Bearer',
          'x-powered-by': 'something',
        })
        .end(body),
    );
    const { status, headers, text } = await post(gateway.url, toolCall(1));
    expect([status, text]).toEqual([200, body]);
    expect([...headers.keys()].toSorted()).toEqual([
      'cache-control',
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
      'retry-after',
    ]);
  });

  test('is a refusal with an explanation for every other HTTP method', async () => {
    for (const method of ['HEAD', 'OPTIONS', 'PUT', 'PATCH']) {
      const { status, headers } = await fetch(gateway.url, { method });
      expect([method, status, headers.get('allow')]).toEqual([method, 405, 'POST, GET, DELETE']);
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(upstream.heard).toEqual([]);
  });

  test('is 413 with a JSON-RPC error that names the limit, for a request over 4 MiB, chunked or not', async () => {
    const large = JSON.stringify(toolCall(1, 'x', { arguments: { text: 'a'.repeat(4 * mebibyte) } }));
    const { status, text } = await post(gateway.url, large);
    expect(status).toBe(413);
    expect(JSON.parse(text)).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -31413 } });
    expect(text).toContain('4 MiB');
    const head = `POST /up/mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: */*\r\n`;
    const chunk = `${mebibyte.toString(16)}\r\n${'a'.repeat(mebibyte)}\r\n`;
    expect(
      await raw([`${head}Transfer-Encoding: chunked\r\n\r\n`, chunk, chunk, chunk, chunk, chunk], /4 MiB/),
    ).toContain('413');
    expect(upstream.heard).toEqual([]);
  });

  test('is an answer to a chunked request, and to one that waits for 100 Continue', async () => {
    const body = JSON.stringify(toolCall(4));
    const head =
      'POST /up/mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n';
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect(await raw([chunked], /"id":4/)).toContain('HTTP/1.1 200');
    const waiting = await raw(
      [`${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`, body],
      /"id":4/,
    );
    expect(waiting).toMatch(/^HTTP\/1\.1 100 Continue/);
    expect(upstream.heard.map((heard) => heard.body)).toEqual([body, body]);
  });

  test('is 403 for a Host or an Origin that is not this gateway’s', async () => {
    const request = (host: string, more = '') =>
      raw(
        [
          `POST /up/mcp HTTP/1.1\r\nHost: ${host}\r\n${more}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
        ],
        /HTTP/,
      );
    expect(await request('evil.example')).toContain('403');
    expect(await request('127.0.0.1', 'Origin: http://evil.example\r\n')).toContain('403');
    expect(await request('127.0.0.1', 'Origin: null\r\n')).toContain('403');
    expect(upstream.heard).toEqual([]);
  });
});

describe('backpressure', () => {
  test('stops reading from a server whose caller does not read', async () => {
    let written = 0;
    let blocked = false;
    const event = sse({
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: 'info', data: 'x'.repeat(32_000) },
    });
    upstream.answer((_heard, response) => {
      stream(response, [], false);
      const more = (): void => {
        blocked = false;
        while (written < 200 * mebibyte) {
          written += event.length;
          if (response.write(event)) continue;
          blocked = true;
          response.once('drain', more);
          return;
        }
        response.end(sse(answer(1)));
      };
      more();
    });
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: legacyHeaders,
      body: JSON.stringify(toolCall(1)),
    });
    const reader = openReader(response);
    await reader.next();
    let before = -1;
    await eventually(
      'the server is held back',
      () => {
        const still = blocked && written === before;
        before = written;
        return still ? true : undefined;
      },
      20_000,
    );
    // What stands in the sockets' buffers and in the gateway's; far from what the server would like to send.
    expect(written).toBeLessThan(30 * mebibyte);
    const heldBackAt = written;
    for (let i = 0; i < 600; i += 1) await reader.next();
    await eventually('it goes on', () => (written > heldBackAt ? true : undefined));
    await reader.cancel();
  });

  test('lets a slow server take its time, and its caller sees every piece when it is whole', async () => {
    const text = sse({ jsonrpc: '2.0', method: 'notifications/message', params: { data: 'é' } }) + sse(answer(1));
    upstream.answer((_heard, response) => {
      stream(response, [], false);
      const bytes = Buffer.from(text);
      let at = 0;
      const drip = setInterval(() => {
        if (at < bytes.length) response.write(bytes.subarray(at, (at += 1)));
        else {
          clearInterval(drip);
          response.end();
        }
      }, 1);
    });
    expect((await post(gateway.url, toolCall(1))).text).toBe(text);
  });
});

test('no byte of an allowed answer changes, whatever it is and however it is cut', async () => {
  const chance = createChance(31_337);
  for (let round = 0; round < 120; round += 1) {
    const asStream = chance.below(2) === 0;
    const id = chance.below(1_000);
    const final = randomAnswer(chance, id);
    const sent = asStream ? randomFraming(chance, final) : final;
    upstream.answer((_heard, response) => {
      response.writeHead(200, { 'content-type': asStream ? 'text/event-stream' : 'application/json' });
      const bytes = Buffer.from(sent);
      for (let at = 0; at < bytes.length;) response.write(bytes.subarray(at, (at += 1 + chance.below(40))));
      response.end();
    });
    const { text } = await post(gateway.url, toolCall(id));
    expect(text).toBe(sent);
  }
});

const texts = ['plain', 'é', '😀', '\\u00e9', '\\ud83d\\ude00', 'a b', '\\n', '\\"', '日本'];

function randomAnswer(chance: Chance, id: number): string {
  const space = (): string => chance.pick(['', ' ', '  ', '\t']);
  const leaf = (): string => chance.pick(['1', '-0', '1.0', '1e3', 'true', 'null', `"${chance.pick(texts)}"`]);
  const value = (depth: number): string => {
    if (depth === 0) return leaf();
    const inner = Array.from({ length: chance.below(4) }, (_, i) => [`k${String(i)}`, value(depth - 1)] as const);
    if (chance.below(2) === 0) return `[${inner.map(([, text]) => space() + text).join(',')}]`;
    return `{${inner.map(([key, text]) => `${space()}"${key}":${space()}${text}`).join(',')}}`;
  };
  return `{${space()}"jsonrpc":"2.0","result":{"x":${value(3)}},${space()}"id":${space()}${String(id)}}`;
}

function randomFraming(chance: Chance, final: string): string {
  const end = chance.pick(['\n', '\r\n']);
  const extra = (): string =>
    chance.pick(['', `: tick${end}`, `id: ${String(chance.below(90))}${end}`, `event: message${end}`]);
  const note = `{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"${chance.pick(texts)}"}}`;
  const events = [...Array.from({ length: chance.below(4) }, () => note), final];
  return events.map((data) => `${extra()}data:${chance.pick(['', ' '])}${data}${end}${end}`).join('');
}
