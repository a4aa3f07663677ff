import { Readable } from 'node:stream';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { GrowingBytes } from './growing-bytes.ts';

export interface Outgoing {
  readonly url: URL;
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: Record<string, string>;
  readonly body: Buffer | null;
  /** Ends the exchange, also in the middle of a body; it then fails with the signal's reason. */
  readonly signal: AbortSignal;
}

/** What a server answered: a whole body, or a stream of events that has only begun. */
export type Incoming = { readonly status: number; readonly headers: IncomingHttpHeaders } & (
  { readonly kind: 'whole'; readonly bytes: Buffer } | { readonly kind: 'stream'; readonly body: Readable }
);

/** A body larger than its reader takes. */
export class BodyTooLarge extends Error {}

/**
 * One HTTP request and its answer. A stream is handed over with its headers, any other body once it is whole: without
 * a Node stream around each, which would cost more than the body's way through the parser.
 *
 * Throws undici's errors, the signal's reason, and BodyTooLarge when a whole body has more than `bytesMax`.
 */
export function exchange(dispatcher: Dispatcher, outgoing: Outgoing, bytesMax: number): Promise<Incoming> {
  const { url, method, headers, body } = outgoing;
  return new Promise((resolve, reject) => {
    dispatcher.dispatch(
      { origin: url.origin, path: `${url.pathname}${url.search}`, method, headers, body },
      new ExchangeHandler(outgoing.signal, bytesMax, resolve, reject),
    );
  });
}

/** Of an answer that nobody reads. A body that came whole is no burden; a stream would stay open. */
export function discard(incoming: Incoming): void {
  // Destroyed before its end, it fails, with nobody else to hear of it.
  if (incoming.kind === 'stream') incoming.body.on('error', () => undefined).destroy();
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #bytesMax: number;
  readonly #resolve: (incoming: Incoming) => void;
  readonly #reject: (error: unknown) => void;
  readonly #abort = (): void => this.#controller?.abort(this.#reason());
  readonly #whole = new GrowingBytes();
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #stream: Readable | undefined;

  constructor(
    signal: AbortSignal,
    bytesMax: number,
    resolve: (incoming: Incoming) => void,
    reject: (error: unknown) => void,
  ) {
    this.#signal = signal;
    this.#bytesMax = bytesMax;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** The request has its connection; before that, nothing of it can be sent. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal.aborted) this.#abort();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // An answer on the way to the answer, such as 103.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (!/^text\/event-stream/i.test(headers['content-type'] ?? '')) return;
    const body = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        controller.abort(error ?? new Error('the stream is no longer read'));
        done(error);
      },
    });
    this.#stream = body;
    this.#resolve({ status, headers, kind: 'stream', body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream !== undefined) {
      if (!this.#stream.push(chunk)) controller.pause();
    } else if (this.#whole.length + chunk.length > this.#bytesMax) {
      controller.abort(new BodyTooLarge());
    } else {
      this.#whole.append(chunk);
    }
  }

  onResponseEnd(): void {
    this.#release();
    if (this.#stream === undefined) {
      this.#resolve({ status: this.#status, headers: this.#headers, kind: 'whole', bytes: this.#whole.take() });
    } else {
      this.#stream.push(null);
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    if (this.#stream === undefined) this.#reject(error);
    else this.#stream.destroy(error);
  }

  #release(): void {
    this.#signal.removeEventListener('abort', this.#abort);
  }

  #reason(): Error {
    const { reason } = this.#signal as { reason: unknown };
    return reason instanceof Error ? reason : new Error('the exchange was ended');
  }
}
