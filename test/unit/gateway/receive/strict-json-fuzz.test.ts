import { describe, expect, test } from 'vitest';
import { NotStrictJson, scanStrictJson } from '../../../../gateway/receive/strict-json.ts';
import { createChance, type Chance } from '../../../support/chance.ts';

/** What callers send, in every shape that the protocol has. */
const seeds = [
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run_sql","arguments":{"sql":"SELECT 1"}}}',
  '{"jsonrpc":"2.0","id":"a-1","method":"tools/call","params":{"name":"x","arguments":{"n":[1,-0,1e3,0.5,1E-7,9007199254740993]},"_meta":{"progressToken":7}}}',
  '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"\\u0061\\n\\"\\\\ \\ud83d\\ude00"}}',
  ' {\t"jsonrpc" : "2.0" ,\r\n"id":3, "result" : { "roots":[{"uri":"file:///é","name":"日本 😀"}] } } ',
  '{"jsonrpc":"2.0","id":4,"error":{"code":-32601,"message":"no","data":{"a":[],"b":{},"c":[[],[{}]],"d":true,"e":false,"f":null}}}',
];
const pieces = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '0',
  '-',
  '.',
  'e',
  '\\u0000',
  '\\ud800',
  '\\udc00',
  '\\u006d',
  'null',
  'true',
  '\u0000',
  '\n',
  ' ',
  '\uFEFF',
  '\u2028',
  '"id":2,',
  '"ID":2,',
  '"method":"x",',
  '__proto__',
  '1e400',
  '٣',
];

function mutate(chance: Chance, seed: Buffer): Buffer {
  let bytes = Buffer.from(seed);
  for (let times = 1 + chance.below(3); times > 0; times -= 1) {
    const at = chance.below(bytes.length + 1);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const changed = [
      () => Buffer.concat([before, Buffer.from(chance.pick(pieces)), after]),
      () => Buffer.concat([before, after.subarray(1 + chance.below(4))]),
      () => Buffer.concat([before, Uint8Array.of(chance.below(256)), after.subarray(1)]),
      () => Buffer.concat([before, before.subarray(chance.below(before.length + 1)), after]),
      () => Buffer.concat([before, Uint8Array.of((after[0] ?? 0x41) ^ 0x20), after.subarray(1)]),
    ];
    bytes = chance.pick(changed)();
  }
  return bytes;
}

interface Member {
  readonly key: string;
  readonly value: Reading;
}
/** A value with every member that was written, also the ones that a parser would drop. */
type Reading =
  { readonly members: readonly Member[] } | { readonly items: readonly Reading[] } | { readonly leaf: unknown };

/** A second reader, by recursive descent over JSON.parse's own leaves; written for this test and shared with nobody. */
function readAll(text: string): Reading {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs) ?? [];
  let at = 0;
  const value = (): Reading => {
    const token = tokens[at++] ?? '';
    if (token === '{') {
      const members: Member[] = [];
      while (tokens[at] !== '}') {
        if (tokens[at] === ',') at += 1;
        const key = JSON.parse(tokens[at++] ?? '') as string;
        at += 1;
        members.push({ key, value: value() });
      }
      at += 1;
      return { members };
    }
    if (token !== '[') return { leaf: JSON.parse(token) as unknown };
    const items: Reading[] = [];
    while (tokens[at] !== ']') {
      if (tokens[at] === ',') at += 1;
      items.push(value());
    }
    at += 1;
    return { items };
  };
  return value();
}

/** The value as a parser sees it that keeps the first, or the last, of equal keys. */
function valueOf(reading: Reading, keep: 'first' | 'last'): unknown {
  if ('leaf' in reading) return reading.leaf;
  if ('items' in reading) return reading.items.map((item) => valueOf(item, keep));
  const out = new Map<string, unknown>();
  for (const { key, value } of reading.members)
    if (keep === 'last' || !out.has(key)) out.set(key, valueOf(value, keep));
  // Own properties, also one named __proto__, as JSON.parse makes them.
  const object = {};
  for (const [key, value] of out)
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  return object;
}

function scanOrRefuse(bytes: Uint8Array) {
  try {
    return scanStrictJson(bytes);
  } catch (error) {
    if (!(error instanceof NotStrictJson)) throw error;
    return undefined;
  }
}

describe('whatever the scanner accepts', () => {
  test('reads the same to a parser that keeps the first key and to one that keeps the last', () => {
    const chance = createChance(424_242);
    let accepted = 0;
    for (let round = 0; round < 40_000; round += 1) {
      const bytes = mutate(chance, Buffer.from(chance.pick(seeds)));
      const scanned = scanOrRefuse(bytes);
      if (scanned === undefined) continue;
      accepted += 1;
      const text = bytes.toString('utf8');
      const reading = readAll(text);
      expect(scanned.value, text).toEqual(JSON.parse(text));
      expect(valueOf(reading, 'first'), text).toEqual(scanned.value);
      expect(valueOf(reading, 'last'), text).toEqual(scanned.value);
    }
    // A scanner that refuses everything would pass as well.
    expect(accepted).toBeGreaterThan(2_000);
  }, 60_000);

  test('is UTF-8 that survives decoding, and holds no lone surrogate', () => {
    const chance = createChance(17);
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = mutate(chance, Buffer.from(chance.pick(seeds)));
      const scanned = scanOrRefuse(bytes);
      if (scanned === undefined) continue;
      expect(Buffer.from(bytes.toString('utf8')).equals(bytes)).toBe(true);
      expect(stringsOf(scanned.value).filter((text) => !text.isWellFormed())).toEqual([]);
    }
  }, 60_000);
});

describe('whatever JSON.parse refuses', () => {
  test('the scanner refuses as well, and fails in no other way', () => {
    const chance = createChance(5);
    let refused = 0;
    for (let round = 0; round < 40_000; round += 1) {
      const bytes = mutate(chance, Buffer.from(chance.pick(seeds)));
      const scanned = scanOrRefuse(bytes);
      if (isJson(bytes.toString('utf8'))) continue;
      refused += 1;
      expect(scanned, bytes.toString('utf8')).toBeUndefined();
    }
    expect(refused).toBeGreaterThan(5_000);
  }, 60_000);
});

describe('a hostile text of 4 MB', () => {
  const size = 4 * 1024 * 1024;
  const hostile: [string, string][] = [
    ['of open brackets', '['.repeat(size)],
    ['of open objects', '{"a":'.repeat(size / 5)],
    ['of one string that never ends', `"${'a'.repeat(size)}`],
    ['of escapes', `"${'\\\\'.repeat(size / 2)}"`],
    ['of escaped quotes', `"${'\\"'.repeat(size / 2)}`],
    ['of different keys', `{${Array.from({ length: size / 12 }, (_, i) => `"k${i}":1`).join(',')}}`],
    ['of equal keys', `{${'"k":1,'.repeat(size / 6)}"k":1}`],
    ['of one number', '1'.repeat(size)],
    ['of one decimal', `0.${'1'.repeat(size)}e`],
    ['of white space', ' '.repeat(size)],
    ['of numbers', `[${'1,'.repeat(size / 2)}1]`],
    ['of half an escape', `"${'\\u'.repeat(size / 2)}"`],
    ['of escaped pairs', `"${'\\ud83d\\ude00'.repeat(size / 12)}"`],
    ['of one key', `{"${'k'.repeat(size)}":1}`],
  ];
  test.each(hostile)(
    '%s takes time in proportion to its length',
    (_name, text) => {
      const bytes = Buffer.from(text);
      const began = performance.now();
      scanOrRefuse(bytes);
      // Anything quadratic takes minutes; a busy machine takes most of these seconds itself.
      expect(performance.now() - began).toBeLessThan(20_000);
    },
    60_000,
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsOf(inner)]);
}
