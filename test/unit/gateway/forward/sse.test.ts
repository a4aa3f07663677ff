import { describe, expect, test } from 'vitest';
import { EventTooLarge, formatSse, readSse, type SseEvent } from '../../../../gateway/forward/sse.ts';

async function* chunks(...parts: Uint8Array[]) {
  yield* parts;
}

async function read(...parts: Uint8Array[]): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  for await (const event of readSse(chunks(...parts), 1_000)) events.push(event);
  return events;
}

const streams = {
  LF: ': hello\n\nid: 1\nevent: message\ndata: {"a":1}\n\ndata: two\ndata: lines\n\n',
  CRLF: ': hello\r\n\r\nid: 1\r\nevent: message\r\ndata: {"a":1}\r\n\r\ndata: two\r\ndata: lines\r\n\r\n',
  CR: ': hello\r\rid: 1\revent: message\rdata: {"a":1}\r\rdata: two\rdata: lines\r\rdata: é\r\r: end\n',
};

describe('an event stream', () => {
  test.each(Object.entries(streams))('with %s reads the same wherever it is cut', async (_name, text) => {
    const bytes = Buffer.from(text);
    const whole = await read(bytes);
    expect(whole.slice(0, 3).map(({ data }) => data)).toEqual([undefined, '{"a":1}', 'two\nlines']);
    expect(whole[1]).toMatchObject({ id: '1', event: 'message' });
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const events = await read(bytes.subarray(0, cut), bytes.subarray(cut));
      expect(events.map(({ data, id, event }) => ({ data, id, event }))).toEqual(
        whole.map(({ data, id, event }) => ({ data, id, event })),
      );
    }
  });

  test('keeps the exact text of each event', async () => {
    const events = await read(Buffer.from(streams.CRLF));
    expect(events.map(({ raw }) => raw).join('')).toBe(streams.CRLF);
  });

  test('is cut off when one event outgrows its limit', async () => {
    await expect(read(Buffer.from(`data: ${'x'.repeat(2_000)}`))).rejects.toThrow(EventTooLarge);
  });

  test('is written so that it reads back', async () => {
    const text = formatSse('{\n "a": 1\n}', { id: '7', event: 'message' });
    expect(await read(Buffer.from(text))).toMatchObject([{ data: '{\n "a": 1\n}', id: '7', event: 'message' }]);
  });
});
