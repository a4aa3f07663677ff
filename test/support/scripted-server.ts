import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as a scripted server got it. */
export interface Heard {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The body as JSON-RPC; empty when there is none. */
  readonly message: { readonly id?: string | number; readonly method?: string; readonly params?: unknown };
}

export type Script = (heard: Heard, response: ServerResponse, request: IncomingMessage) => void;

/** An MCP server that does what a test tells it, over a real socket, and remembers what it was asked. */
export interface ScriptedServer {
  readonly url: string;
  readonly heard: Heard[];
  /** The next requests are answered so. */
  answer(script: Script): void;
  close(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const heard: Heard[] = [];
  let script: Script = (_heard, response) => response.writeHead(202).end();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const message = body === '' ? {} : (JSON.parse(body) as Heard['message']);
      const entry = { method: request.method ?? '', headers: request.headers, body, message };
      heard.push(entry);
      script(entry, response, request);
    });
  });
  return {
    url: `${await listen(server)}/mcp`,
    heard,
    answer: (next) => {
      script = next;
    },
    close: () => close(server),
  };
}

/** Answers with one SSE stream: its texts as they are, and an end unless told to stay open. */
export function stream(response: ServerResponse, texts: readonly (string | Buffer)[], end = true): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const text of texts) response.write(text);
  if (end) response.end();
}

export function sse(message: object, id?: string): string {
  return `event: message\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`;
}

export function json(response: ServerResponse, body: object, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
