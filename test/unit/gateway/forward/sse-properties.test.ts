import { describe, expect, test } from 'vitest';
import { EventTooLarge, formatSse, readSse, type SseEvent } from '../../../../gateway/forward/sse.ts';
import { createChance, type Chance } from '../../../support/chance.ts';

const bytesMax = 16 * 1024 * 1024;

async function* chunksOf(parts: Iterable<Uint8Array>) {
  yield* parts;
}

async function read(parts: Iterable<Uint8Array>, max = bytesMax): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  for await (const event of readSse(chunksOf(parts), max)) events.push(event);
  return events;
}

/** What a client makes of a stream: its messages, ids and waits, without what it skips. */
function meaning(events: readonly SseEvent[]) {
  return events
    .filter(({ data, id, retry }) => data !== undefined || id !== undefined || retry !== undefined)
    .map(({ data, id, event, retry }) => ({ data, id, event, retry }));
}

const lineEnds = ['\n', '\r\n', '\r'];
const values = ['', ' ', '{"a":1}', 'é', '😀', '\u2028', 'a:b', ' : ', '0', '\uFEFF', 'x'.repeat(90)];
const fields = ['data', 'data', 'data', 'id', 'event', 'retry', '', 'Data', 'data ', 'unknown'];

function randomStream(chance: Chance): string {
  const lines = Array.from({ length: chance.below(24) }, () => {
    if (chance.below(4) === 0) return '';
    const colon = chance.pick([':', ': ', ':  ', '']);
    return `${chance.pick(fields)}${colon}${colon === '' ? '' : chance.pick(values)}`;
  });
  const bom = chance.below(5) === 0 ? '\uFEFF' : '';
  return bom + [...lines, '', ''].map((line) => line + chance.pick(lineEnds)).join('');
}

/** The HTML Living Standard, section 9.2.6, read a second time: the whole text at once, line by line. */
function readBySpecification(text: string): { data: string; id: string | undefined; event: string | undefined }[] {
  const events: { data: string; id: string | undefined; event: string | undefined }[] = [];
  let data: string | undefined;
  let event: string | undefined;
  let id: string | undefined;
  for (const line of text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .split('\n')
    .slice(0, -1)) {
    if (line === '') {
      if (data !== undefined) events.push({ data: data.slice(0, -1), id, event });
      data = event = id = undefined;
      continue;
    }
    const [, field = line, value = ''] = /^([^:]*):? ?([^]*)$/.exec(line) ?? [];
    if (field === 'data') data = `${data ?? ''}${value}\n`;
    if (field === 'event') event = value;
    if (field === 'id') id = value;
  }
  return events;
}

describe('an event stream', () => {
  test('means the same wherever it is cut, byte for byte', async () => {
    const chance = createChance(20261124);
    for (let round = 0; round < 150; round += 1) {
      const bytes = Buffer.from(randomStream(chance));
      const whole = meaning(await read([bytes]));
      for (let cut = 1; cut < bytes.length; cut += 1) {
        expect(meaning(await read([bytes.subarray(0, cut), bytes.subarray(cut)]))).toEqual(whole);
      }
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
      expect(meaning(await read(single))).toEqual(whole);
    }
  });

  test('loses no byte, whatever the chunks, up to its last blank line', async () => {
    const chance = createChance(7);
    for (let round = 0; round < 500; round += 1) {
      const bytes = Buffer.from(randomStream(chance));
      const parts: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const end = Math.min(bytes.length, at + 1 + chance.below(9));
        parts.push(bytes.subarray(at, end));
        at = end;
      }
      const passed = (await read(parts)).map(({ raw }) => raw).join('');
      // Half a CRLF that ends the very last blank line belongs to an event that never comes.
      expect([bytes.toString(), bytes.toString().replace(/\r\n$/, '\r')]).toContain(passed);
    }
  });

  test('means what the specification says', async () => {
    const chance = createChance(99);
    for (let round = 0; round < 1_000; round += 1) {
      const text = randomStream(chance);
      const events = (await read([Buffer.from(text)])).filter(({ data }) => data !== undefined);
      expect(events.map(({ data, id, event }) => ({ data, id, event }))).toEqual(readBySpecification(text));
    }
  });

  test('reads back what is written', async () => {
    const chance = createChance(3);
    for (let round = 0; round < 300; round += 1) {
      const data = Array.from({ length: 1 + chance.below(4) }, () => chance.pick(values)).join('\n');
      const [event] = await read([Buffer.from(formatSse(data, { id: '7', event: 'message', retry: 5 }))]);
      expect(event).toMatchObject({ data, id: '7', event: 'message', retry: 5 });
    }
  });

  test('of one event of 16 MB in a quarter of a million pieces is read in linear time', async () => {
    const piece = Buffer.alloc(64, 'x');
    const count = (bytesMax - 64) / piece.length;
    function* pieces() {
      yield Buffer.from('data: ');
      for (let i = 0; i < count; i += 1) yield piece;
      yield Buffer.from('\n\n');
    }
    const began = performance.now();
    const [event] = await read(pieces());
    expect(event?.data?.length).toBe(count * piece.length);
    // Anything quadratic takes minutes.
    expect(performance.now() - began).toBeLessThan(10_000);
  }, 60_000);

  test('is cut off when one event outgrows its limit, in one chunk or in many', async () => {
    const tooLong = Buffer.from(`data: ${'x'.repeat(1_000)}\n\n`);
    await expect(read([tooLong], 1_000)).rejects.toThrow(EventTooLarge);
    await expect(
      read(
        Array.from(tooLong, (byte) => Uint8Array.of(byte)),
        1_000,
      ),
    ).rejects.toThrow(EventTooLarge);
  });

  test('that is not UTF-8 is refused', async () => {
    await expect(read([Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a])])).rejects.toThrow(TypeError);
  });
});
