import type { RequestId } from '../../workflows/contract/call.ts';
import type { ServerResponse } from 'node:http';
import type { Sender } from '../limits/pauses.ts';

import { errorAnswers } from '../errors.ts';
import { formatSse, type SseFraming } from '../forward/sse.ts';

const keepAliveHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/** A caller that takes nothing for so long is cut off: its unread bytes and its upstream's stream cost memory. */
const stallMsMax = 5 * 60_000;

export interface FinalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** How it leaves on a stream. `raw` is the event's exact text when it may leave as it came. */
  readonly event?: (SseFraming & { readonly raw?: string | undefined }) | undefined;
}

/**
 * The caller's end of one HTTP exchange. It starts as a single answer and may become an event stream once; what is
 * written is in order, waits for a slow reader, and is dropped when the caller has gone.
 */
export class Reply {
  readonly #response: ServerResponse;
  readonly #stallMsMax: number;
  /** The id that a terminal message must name; null until the message has been read. */
  requestId: RequestId | null = null;
  /** True for a stream that has no end of its own, so that a gateway that stops need not wait for it. */
  endless = false;
  /** Who it goes to, once that is known. */
  sender: Sender | undefined;
  /** Made when it is asked for: most callers stay until their answer, and nobody asks. */
  #gone: AbortController | undefined;
  #isGone = false;
  readonly #whenCut = new Set<(why: string) => void>();
  #whyCut: string | undefined;
  #cut: AbortController | undefined;
  #streaming = false;
  #finished = false;
  #drained: Promise<void> | undefined;

  constructor(response: ServerResponse, options: { readonly stallMsMax?: number } = {}) {
    this.#response = response;
    this.#stallMsMax = options.stallMsMax ?? stallMsMax;
    response.once('close', () => {
      this.#isGone = !this.#finished;
      if (this.#isGone) this.#gone?.abort();
    });
    // A socket that breaks is the caller gone, which `close` tells; without a listener it would end the process.
    response.on('error', () => undefined);
  }

  /** Aborts when the caller closes the connection before the answer is written. */
  get gone(): AbortSignal {
    this.#gone ??= new AbortController();
    if (this.#isGone) this.#gone.abort();
    return this.#gone.signal;
  }

  /**
   * Calls `listener` when this gateway stops and waits no longer, or an operator cuts it off, also when that has happened
   * already. Whoever answers then does so at once. Returns what takes it back: each call listens, and an AbortSignal's listeners cost ten times as much.
   */
  whenCut(listener: (why: string) => void): () => void {
    if (this.#whyCut !== undefined) listener(this.#whyCut);
    else this.#whenCut.add(listener);
    return () => void this.#whenCut.delete(listener);
  }

  /** The same as a signal, for what takes nothing else. */
  get cut(): AbortSignal {
    if (this.#cut === undefined) {
      const cut = (this.#cut = new AbortController());
      this.whenCut(() => cut.abort());
    }
    return this.#cut.signal;
  }

  get isCut(): boolean {
    return this.#whyCut !== undefined;
  }

  get streaming(): boolean {
    return this.#streaming;
  }

  get finished(): boolean {
    return this.#finished;
  }

  cutOff(why = 'the gateway stopped'): void {
    if (this.#whyCut !== undefined) return;
    this.#whyCut = why;
    for (const listener of this.#whenCut) listener(why);
  }

  /** Sends SSE headers now, so that no client waits for them. Does nothing the second time. */
  openStream(headers: Readonly<Record<string, string>> = {}): void {
    if (this.#streaming || this.#finished || this.#response.headersSent) return;
    this.#streaming = true;
    this.#response.writeHead(200, { ...keepAliveHeaders, ...headers });
    this.#response.flushHeaders();
  }

  /** Writes one event or comment as it is, and waits while the caller reads slower than we write. */
  async writeRaw(text: string): Promise<void> {
    if (this.#isOver()) return;
    if (this.#response.write(text)) return;
    this.#drained ??= this.#untilDrained();
    await this.#drained;
  }

  async sendMessage(message: string): Promise<void> {
    this.openStream();
    await this.writeRaw(formatSse(message, { event: 'message' }));
  }

  /**
   * Bytes that prove to proxies and fetch clients that the stream is alive (mcp-protocol, transports). A caller that
   * has not read the last ones gets no more.
   */
  async comment(text: string): Promise<void> {
    if (this.#streaming && this.#drained === undefined) await this.writeRaw(`: ${text}\n\n`);
  }

  /** Writes the terminal message: the last event of a stream, or the only body. Returns whether it was taken. */
  async finish(answer: FinalAnswer): Promise<boolean> {
    if (this.#isOver()) return false;
    this.#finished = true;
    const response = this.#response;
    if (this.#streaming) {
      const bytes = answer.bytes.length > 0 ? answer.bytes : this.#emptyAnswer();
      const framing = answer.event ?? { event: 'message' };
      response.end(answer.event?.raw ?? formatSse(bytes.toString('utf8'), framing));
    } else {
      response.writeHead(answer.status, { 'content-length': answer.bytes.length, ...answer.headers });
      response.end(answer.bytes);
    }
    await this.#untilTaken();
    return response.writableFinished;
  }

  /** Ends a stream without a terminal message: only where the protocol says that another stream carries it. */
  end(): void {
    if (this.#isOver()) return;
    this.#finished = true;
    this.#response.end();
  }

  #isOver(): boolean {
    return this.#finished || this.#isGone || this.#response.destroyed;
  }

  /** Of a stream that has been opened, clients expect a message; nothing would leave them to their own clocks. */
  #emptyAnswer(): Buffer {
    const { rpcCode, says } = errorAnswers.UPSTREAM_UNAVAILABLE;
    const error = { code: rpcCode, message: `${says} It gave an empty answer.` };
    return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: this.requestId, error }));
  }

  async #untilDrained(): Promise<void> {
    await this.#orStalled('drain');
    this.#drained = undefined;
  }

  async #untilTaken(): Promise<void> {
    if (!this.#response.writableFinished) await this.#orStalled('finish');
  }

  async #orStalled(event: 'drain' | 'finish'): Promise<void> {
    const response = this.#response;
    const stalled = setTimeout(() => response.destroy(), this.#stallMsMax);
    // By hand: `once` with a signal costs a call more than writing its answer does.
    await new Promise<void>((resolve) => {
      const over = (): void => {
        response.off(event, over).off('close', over);
        resolve();
      };
      response.on(event, over).on('close', over);
    });
    clearTimeout(stalled);
  }
}
