/** One event of a text/event-stream (HTML Living Standard, section 9.2), and the bytes it came in. */
export interface SseEvent {
  /** The event's exact text with its blank line, so that it can be passed on untouched. */
  readonly raw: string;
  /** Undefined for comments and for events without data. */
  readonly data: string | undefined;
  readonly id: string | undefined;
  readonly event: string | undefined;
}

export class EventTooLarge extends Error {}

/**
 * Splits a byte stream into events, whatever the chunks. CR, LF and CRLF end lines; a CRLF may be cut in two.
 * Throws EventTooLarge when one event outgrows `eventCharsMax`. What follows the last blank line is no event.
 */
export async function* readSse(chunks: AsyncIterable<Uint8Array>, eventCharsMax: number): AsyncGenerator<SseEvent> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let pending = '';
  for await (const chunk of chunks) {
    pending += decoder.decode(chunk, { stream: true });
    for (let end = endOfEvent(pending); end !== undefined; end = endOfEvent(pending)) {
      yield parseEvent(pending.slice(0, end));
      pending = pending.slice(end);
    }
    if (pending.length > eventCharsMax) throw new EventTooLarge('an event outgrew its limit');
  }
}

/** A blank line ends an event. A lone CR at the very end may be half of a CRLF, so it waits for the next chunk. */
function endOfEvent(text: string): number | undefined {
  const match = /(?:\r\n|\n|\r(?!\n|$))(?:\r\n|\n|\r(?!$))|\r\r$|^(?:\r\n|\n)/.exec(text);
  return match === null ? undefined : match.index + match[0].length;
}

function parseEvent(raw: string): SseEvent {
  const data: string[] = [];
  let id: string | undefined;
  let event: string | undefined;
  for (const line of raw.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    if (colon === 0 || line === '') continue;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'id' && !value.includes('\0')) id = value;
    else if (field === 'event') event = value;
  }
  return { raw, data: data.length === 0 ? undefined : data.join('\n'), id, event };
}

/** Writes an event. Data with line breaks becomes several data lines, which a reader joins again. */
export function formatSse(data: string, framing: { readonly id?: string; readonly event?: string } = {}): string {
  const id = framing.id === undefined ? '' : `id: ${framing.id}\n`;
  const event = framing.event === undefined ? '' : `event: ${framing.event}\n`;
  const lines = data.split(/\r\n|\n|\r/).map((line) => `data: ${line}\n`);
  return `${event}${id}${lines.join('')}\n`;
}
