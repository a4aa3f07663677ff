import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request of a method under `tools/` or `tasks/`, and what went back over the wire so far. */
export interface Exchange {
  readonly method: string;
  /** When the request was there, by `performance.now()`, as are the others. */
  readonly beganMs: number;
  contentType: string;
  answer: string;
  firstByteMs: number | undefined;
  endedMs: number | undefined;
}

/** A way to the gateway that notes what passes and changes nothing but the Host. */
export interface Tap {
  urlOf(url: string): string;
  readonly exchanges: readonly Exchange[];
  close(): Promise<void>;
}

export async function openTap(gateway: string): Promise<Tap> {
  const exchanges: Exchange[] = [];
  const server = createServer((incoming, outgoing) => void pass(new URL(gateway), incoming, outgoing, exchanges));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (url) => `http://127.0.0.1:${String(port)}${new URL(url).pathname}`,
    exchanges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function pass(
  gateway: URL,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  exchanges: Exchange[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const exchange = begin(methodOf(body));
  if (/^(tools|tasks)\//.test(exchange.method)) exchanges.push(exchange);
  const { method, url, headers } = incoming;
  const onward = request(
    { host: gateway.hostname, port: gateway.port, method, path: url, headers: { ...headers, host: gateway.host } },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      listen(answer, exchange);
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  onward.end(body);
}

function begin(method: string): Exchange {
  return {
    method,
    beganMs: performance.now(),
    contentType: '',
    answer: '',
    firstByteMs: undefined,
    endedMs: undefined,
  };
}

function listen(answer: IncomingMessage, exchange: Exchange): void {
  exchange.contentType = answer.headers['content-type'] ?? '';
  answer.on('data', (chunk: Buffer) => {
    exchange.firstByteMs ??= performance.now();
    exchange.answer += chunk.toString('utf8');
  });
  answer.on('close', () => {
    exchange.endedMs = performance.now();
  });
}

function methodOf(body: Buffer): string {
  if (body.length === 0) return '';
  return (JSON.parse(body.toString('utf8')) as { method?: string }).method ?? '';
}
