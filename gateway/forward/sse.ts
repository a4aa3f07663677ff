import { GrowingBytes } from './growing-bytes.ts';

/** One event of a text/event-stream (HTML Living Standard, section 9.2), and the bytes it came in. */
export interface SseEvent {
  /** The event's exact text with its blank line, so that it can be passed on untouched. */
  readonly raw: string;
  /** Undefined for comments and for events without data. */
  readonly data: string | undefined;
  readonly id: string | undefined;
  readonly event: string | undefined;
  /** How long a client should wait before it comes back, in milliseconds. */
  readonly retry: number | undefined;
  /** Every line that is not data: comments, ids, names nobody knows. Clients skip most of it, and people can read it. */
  readonly frame: string;
}

/** What an event carries beside its data. */
export interface SseFraming {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly retry?: number | undefined;
}

export class EventTooLarge extends Error {}

const LF = 0x0a;
const CR = 0x0d;
const byteOrderMark = '\uFEFF';
const lineEnd = /\r\n|\n|\r/;

/**
 * Splits a byte stream into events, whatever the chunks, in time linear in its length. CR, LF and CRLF end lines; a
 * CRLF may be cut in two. Throws EventTooLarge when one event outgrows `eventBytesMax`, TypeError on invalid UTF-8.
 * What follows the last blank line is no event.
 */
export async function* readSse(chunks: AsyncIterable<Uint8Array>, eventBytesMax: number): AsyncGenerator<SseEvent> {
  const splitter = new EventSplitter(eventBytesMax);
  for await (const chunk of chunks) yield* splitter.push(chunk);
}

class EventSplitter {
  readonly #bytesMax: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** What came of the current event in earlier chunks. Nothing is kept between events, so idle streams cost nothing. */
  readonly #pending = new GrowingBytes();
  #lineIsEmpty = true;
  #afterCr = false;
  #atStart = true;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  *push(bytes: Uint8Array): Generator<SseEvent> {
    if (bytes.length === 0) return;
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let eventStart = 0;
    // An event may end with a CR at once; the LF that makes it a CRLF is then the next chunk's first byte.
    let at = this.#afterCr && chunk[0] === LF ? 1 : 0;
    this.#afterCr = false;
    let lf = chunk.indexOf(LF, at);
    let cr = chunk.indexOf(CR, at);
    while (lf !== -1 || cr !== -1) {
      const end = lf === -1 || (cr !== -1 && cr < lf) ? cr : lf;
      const isBlank = end === at && this.#lineIsEmpty;
      at = end + 1;
      if (end === cr && chunk[at] === LF) at += 1;
      else if (end === cr && at === chunk.length) this.#afterCr = true;
      this.#lineIsEmpty = true;
      if (lf !== -1 && lf < at) lf = chunk.indexOf(LF, at);
      if (cr !== -1 && cr < at) cr = chunk.indexOf(CR, at);
      if (!isBlank) continue;
      yield this.#take(chunk.subarray(eventStart, at));
      eventStart = at;
    }
    if (at < chunk.length) this.#lineIsEmpty = false;
    this.#keep(chunk.subarray(eventStart));
  }

  #take(last: Buffer): SseEvent {
    if (this.#pending.length > 0) this.#keep(last);
    const whole = this.#pending.length > 0 ? this.#pending.take() : last;
    if (whole.length > this.#bytesMax) throw new EventTooLarge('an event outgrew its limit');
    const raw = this.#decoder.decode(whole);
    const text = this.#atStart && raw.startsWith(byteOrderMark) ? raw.slice(1) : raw;
    this.#atStart = false;
    return parseEvent(raw, text);
  }

  #keep(part: Buffer): void {
    if (this.#pending.length + part.length > this.#bytesMax) throw new EventTooLarge('an event outgrew its limit');
    this.#pending.append(part);
  }
}

function parseEvent(raw: string, text: string): SseEvent {
  const data: string[] = [];
  const frame: string[] = [];
  let id: string | undefined;
  let event: string | undefined;
  let retry: number | undefined;
  for (const line of text.split(lineEnd)) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') {
      data.push(value);
      continue;
    }
    frame.push(line);
    if (field === 'id' && !value.includes('\0')) id = value;
    else if (field === 'event') event = value;
    else if (field === 'retry' && /^\d+$/.test(value)) retry = Number(value);
  }
  return { raw, data: data.length === 0 ? undefined : data.join('\n'), id, event, retry, frame: frame.join('\n') };
}

/** Whether clients read this event's data as a JSON-RPC message: events of other names are not theirs. */
export function isMessageEvent({ event }: SseEvent): boolean {
  return event === undefined || event === '' || event === 'message';
}

/** Writes an event. Data with line breaks becomes several data lines, which a reader joins again. */
export function formatSse(data: string | undefined, { id, event, retry }: SseFraming = {}): string {
  const lines = data === undefined ? [] : data.split(lineEnd).map((line) => `data: ${line}\n`);
  if (id !== undefined) lines.unshift(`id: ${id}\n`);
  if (event !== undefined) lines.unshift(`event: ${event}\n`);
  if (retry !== undefined) lines.push(`retry: ${retry}\n`);
  return `${lines.join('')}\n`;
}
