import type { RequestId } from '../../workflows/contract/call.ts';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { formatSse } from '../forward/sse.ts';

const keepAliveHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

export interface FinalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  readonly event?: { readonly id?: string; readonly event?: string } | undefined;
}

/**
 * The caller's end of one HTTP exchange. It starts as a single answer and may become an event stream once; what is
 * written is in order, waits for a slow reader, and is dropped when the caller has gone.
 */
export class Reply {
  readonly #response: ServerResponse;
  readonly #gone = new AbortController();
  /** The id that a terminal message must name; null until the message has been read. */
  requestId: RequestId | null = null;
  #streaming = false;
  #finished = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once('close', () => {
      if (!this.#finished) this.#gone.abort();
    });
  }

  /** Aborts when the caller closes the connection before the answer is written. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  get streaming(): boolean {
    return this.#streaming;
  }

  /** Sends SSE headers now, so that no client waits for them. Does nothing the second time. */
  openStream(headers: Readonly<Record<string, string>> = {}): void {
    if (this.#streaming || this.#response.headersSent) return;
    this.#streaming = true;
    this.#response.writeHead(200, { ...keepAliveHeaders, ...headers });
    this.#response.flushHeaders();
  }

  /** Writes one event or comment as it is. */
  async writeRaw(text: string): Promise<void> {
    if (this.#gone.signal.aborted || this.#response.destroyed) return;
    if (this.#response.write(text)) return;
    await once(this.#response, 'drain', { signal: this.#gone.signal }).catch(() => undefined);
  }

  async sendMessage(message: string): Promise<void> {
    this.openStream();
    await this.writeRaw(formatSse(message, { event: 'message' }));
  }

  /** Bytes that prove to proxies and fetch clients that the stream is alive (mcp-protocol, transports). */
  async comment(text: string): Promise<void> {
    if (this.#streaming) await this.writeRaw(`: ${text}\n\n`);
  }

  /** Writes the terminal message: the last event of a stream, or the only body. Returns whether it was taken. */
  async finish(answer: FinalAnswer): Promise<boolean> {
    if (this.#finished || this.#gone.signal.aborted || this.#response.destroyed) return false;
    this.#finished = true;
    if (this.#streaming) {
      const framing = answer.event ?? { event: 'message' };
      if (answer.bytes.length > 0) this.#response.write(formatSse(answer.bytes.toString('utf8'), framing));
      this.#response.end();
    } else {
      this.#response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.bytes.length });
      this.#response.end(answer.bytes);
    }
    await Promise.race([once(this.#response, 'finish'), once(this.#response, 'close')]);
    return this.#response.writableFinished;
  }

  /** Ends a stream without a terminal message: only where the protocol says that another stream carries it. */
  end(): void {
    this.#finished = true;
    this.#response.end();
  }
}
