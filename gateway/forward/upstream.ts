import { Agent, errors, request, type Dispatcher } from 'undici';
import type { CallerHeaders } from '../call.ts';
import type { Connection } from '../config/config.ts';
import { EventTooLarge, readSse, type SseEvent } from './sse.ts';

/** A message must be masked whole, so this bounds both memory and what can be answered. */
const messageBytesMax = 16 * 1024 * 1024;
const connectTimeoutMs = 10_000;
const connectionsPerUpstreamMax = 256;

/** What crosses from the caller to the server; everything else stays (mcp-protocol: no token pass-through). */
const forwardedRequestHeaders = [
  'accept',
  'content-type',
  'mcp-protocol-version',
  'mcp-session-id',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'traceparent',
  'tracestate',
  'baggage',
  'user-agent',
];

/** What crosses from the server to the caller. */
const forwardedResponseHeaders = [
  'content-type',
  'mcp-session-id',
  'cache-control',
  'retry-after',
  'x-accel-buffering',
];

export interface UpstreamRequest {
  readonly connection: Connection;
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: CallerHeaders;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}

/** An upstream's answer: one body, or a stream of events. */
export type UpstreamAnswer =
  | { readonly kind: 'body'; readonly status: number; readonly headers: ReleasedHeaders; readonly bytes: Buffer }
  | {
      readonly kind: 'stream';
      readonly status: number;
      readonly headers: ReleasedHeaders;
      readonly events: AsyncIterable<SseEvent>;
    };

export type ReleasedHeaders = Readonly<Record<string, string>>;

/** `nothing_sent`: the server never saw the request. `interrupted`: it may have acted on it. */
export type UpstreamFailureKind = 'nothing_sent' | 'interrupted' | 'too_large';

export class UpstreamFailure extends Error {
  readonly kind: UpstreamFailureKind;
  constructor(kind: UpstreamFailureKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** The only place that talks to upstream MCP servers. */
export class Upstreams {
  // undici's own clocks are off: a call's deadline is its connection's, and endless streams have none.
  readonly #agent = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs },
    connections: connectionsPerUpstreamMax,
  });

  async send(upstream: UpstreamRequest): Promise<UpstreamAnswer> {
    const response = await this.#request(upstream);
    const headers = pick(response.headers, forwardedResponseHeaders);
    const status = response.statusCode;
    if (/^text\/event-stream/i.test(headers['content-type'] ?? '')) {
      return { kind: 'stream', status, headers, events: readEvents(response.body) };
    }
    return { kind: 'body', status, headers, bytes: await readBody(response.body) };
  }

  async #request({ connection, method, headers, body, signal }: UpstreamRequest): Promise<Dispatcher.ResponseData> {
    try {
      return await request(connection.upstream.url, {
        dispatcher: this.#agent,
        method,
        headers: { ...outboundHeaders(headers), ...credentialOf(connection) },
        body: body ?? null,
        signal,
      });
    } catch (error) {
      throw failureOf(error);
    }
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}

/** Masking must read the body, so the upstream may not compress it. */
function outboundHeaders(headers: CallerHeaders): Record<string, string> {
  const out = pick(headers, forwardedRequestHeaders);
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('mcp-param-') && typeof value === 'string') out[name] = value;
  }
  return { ...out, 'accept-encoding': 'identity' };
}

/** The connection's own credential; the caller's token never leaves the gateway. */
function credentialOf({ upstream }: Connection): Record<string, string> {
  const { credential } = upstream;
  if (credential === undefined) return {};
  if ('bearer' in credential) return { authorization: `Bearer ${credential.bearer}` };
  return { [credential.header.toLowerCase()]: credential.value };
}

function pick(headers: CallerHeaders, names: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') out[name] = value;
  }
  return out;
}

async function readBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > messageBytesMax) throw new UpstreamFailure('too_large', 'the answer is larger than 16 MiB');
      chunks.push(chunk);
    }
  } catch (error) {
    throw failureOf(error);
  }
  return Buffer.concat(chunks);
}

async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseEvent> {
  try {
    yield* readSse(body, messageBytesMax);
  } catch (error) {
    if (error instanceof EventTooLarge) throw new UpstreamFailure('too_large', 'an event is larger than 16 MiB', error);
    throw failureOf(error);
  }
}

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Only an error from before the connection stood proves that nothing was sent. */
function failureOf(error: unknown): Error {
  if (error instanceof UpstreamFailure) return error;
  if (!(error instanceof Error)) return new UpstreamFailure('interrupted', String(error));
  const { code } = error as NodeJS.ErrnoException;
  const nothingSent = error instanceof errors.ConnectTimeoutError || (code !== undefined && neverConnected.has(code));
  return new UpstreamFailure(nothingSent ? 'nothing_sent' : 'interrupted', code ?? error.name, error);
}
