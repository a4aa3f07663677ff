import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { errors } from 'undici';
import type { CallerHeaders } from '../call.ts';
import type { Connection } from '../config/config.ts';
import { withMembers } from '../with-members.ts';
import type { Sender } from './caller-identity.ts';
import { CredentialFailure, type UpstreamCredentials } from './credentials.ts';
import { BodyTooLarge, discard, exchange, type Incoming } from './exchange.ts';
import { EventTooLarge, readSse, type SseEvent } from './sse.ts';
import { isServerUnbelieved, UpstreamAgents } from './upstream-agents.ts';

/** A message must be masked whole, so this bounds both memory and what can be answered. */
const messageBytesMax = 16 * 1024 * 1024;

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
  'allow',
];

export interface UpstreamRequest {
  readonly connection: Connection;
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: CallerHeaders;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
  readonly sender: Sender;
}

/** An upstream's answer: one body, or a stream of events. */
export type UpstreamAnswer =
  | { readonly kind: 'body'; readonly status: number; readonly headers: ReleasedHeaders; readonly bytes: Buffer }
  | {
      readonly kind: 'stream';
      readonly status: number;
      readonly headers: ReleasedHeaders;
      readonly events: AsyncIterable<SseEvent>;
      /** To be called instead of reading, or the server's stream stays open. */
      readonly discard: () => void;
    };

export type ReleasedHeaders = Readonly<Record<string, string>>;

/**
 * - `nothing_sent`: the server never saw the request.
 * - `interrupted`: the connection broke; the server may have acted on the request. So it may with the next three:
 * - `timed_out`: it did not answer in time.
 * - `taken_back`: the caller has cancelled the call, or has gone.
 * - `stopped`: this gateway stops.
 * - `too_large`, `unreadable`: it answered, and the answer cannot be masked.
 */
export type UpstreamFailureKind =
  'nothing_sent' | 'interrupted' | 'timed_out' | 'taken_back' | 'stopped' | 'too_large' | 'unreadable';

export class UpstreamFailure extends Error {
  readonly kind: UpstreamFailureKind;
  constructor(kind: UpstreamFailureKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** The only place that talks to upstream MCP servers. */
export class Upstreams {
  readonly #agents = new UpstreamAgents();
  readonly #urls = new WeakMap<Connection, URL>();
  readonly #credentials: UpstreamCredentials;

  constructor(credentials: UpstreamCredentials) {
    this.#credentials = credentials;
  }

  async send(upstream: UpstreamRequest): Promise<UpstreamAnswer> {
    const incoming = await this.#exchange(upstream);
    const { status } = incoming;
    const headers = pick(incoming.headers, forwardedResponseHeaders);
    if (incoming.kind === 'stream') {
      const events = readEvents(incoming.body);
      return { kind: 'stream', status, headers, events, discard: () => discard(incoming) };
    }
    const { bytes } = incoming;
    if (!isUtf8(bytes)) throw new UpstreamFailure('unreadable', 'the answer is not UTF-8');
    return { kind: 'body', status, headers, bytes };
  }

  async #exchange(upstream: UpstreamRequest): Promise<Incoming> {
    const { connection, method, headers, body = null, signal } = upstream;
    const agent = this.#agents.agentFor(connection);
    const url = this.#urlOf(connection);
    try {
      return await this.#credentials.authorize(upstream, (credential) => {
        const outgoing = { url, method, headers: withMembers(outboundHeaders(headers), credential), body, signal };
        return exchange(agent, outgoing, messageBytesMax);
      });
    } catch (error) {
      throw failureOf(error);
    }
  }

  async close(): Promise<void> {
    await this.#agents.close();
  }

  #urlOf(connection: Connection): URL {
    const known = this.#urls.get(connection) ?? new URL(connection.upstream.url);
    this.#urls.set(connection, known);
    return known;
  }
}

/** Masking must read the body, so the upstream may not compress it. */
function outboundHeaders(headers: CallerHeaders): Record<string, string> {
  const out = pick(headers, forwardedRequestHeaders);
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('mcp-param-') && typeof value === 'string') out[name] = value;
  }
  out['accept-encoding'] = 'identity';
  return out;
}

function pick(headers: CallerHeaders | IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') out[name] = value;
  }
  return out;
}

async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseEvent> {
  try {
    yield* readSse(body, messageBytesMax);
  } catch (error) {
    if (error instanceof EventTooLarge) throw new UpstreamFailure('too_large', 'an event is larger than 16 MiB', error);
    if (isNotUtf8(error)) throw new UpstreamFailure('unreadable', 'an event is not UTF-8', error);
    throw failureOf(error);
  }
}

function isNotUtf8(error: unknown): boolean {
  return error instanceof TypeError && (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
}

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Only an error from before the connection stood proves that nothing was sent. */
function failureOf(error: unknown): Error {
  if (error instanceof UpstreamFailure) return error;
  if (error instanceof BodyTooLarge) return new UpstreamFailure('too_large', 'the answer is larger than 16 MiB', error);
  if (error instanceof CredentialFailure) return new UpstreamFailure('nothing_sent', error.message, error);
  if (!(error instanceof Error)) return new UpstreamFailure('interrupted', String(error));
  const { code } = error as NodeJS.ErrnoException;
  const neverOpened = code !== undefined && (neverConnected.has(code) || isServerUnbelieved(code));
  const nothingSent = error instanceof errors.ConnectTimeoutError || neverOpened;
  return new UpstreamFailure(nothingSent ? 'nothing_sent' : 'interrupted', code ?? error.name, error);
}
