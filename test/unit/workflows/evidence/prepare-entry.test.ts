import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { EntryRefused } from '../../../../workflows/evidence/append-errors.ts';
import { canonicalBytes, canonicalDigest } from '../../../../workflows/evidence/canonical.ts';
import { prepareEntry } from '../../../../workflows/evidence/prepare-entry.ts';
import { uuidV7 } from '../../../../workflows/evidence/uuid.ts';

const zeros = (size: number): Buffer => Buffer.alloc(size);
const stamp = { instance: 'gw-1', at: new Date('2026-11-24T09:00:00.123Z'), random: zeros };

describe('canonical JSON', () => {
  /** RFC 8785 sections 3.2.2 and 3.2.3. */
  test('is the form RFC 8785 prints', () => {
    const numbers = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]}',
    ) as unknown;
    expect(canonicalBytes(numbers).toString()).toBe('{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}');
    const sorted = { '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '😂': 5, '\u0080': 6, ö: 7 };
    expect(canonicalBytes(sorted).toString()).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😂":5,"\ufb33":3}');
  });

  test('does not depend on the order of keys', () => {
    expect(canonicalDigest({ a: 1, b: { c: 2, d: 3 } })).toBe(canonicalDigest({ b: { d: 3, c: 2 }, a: 1 }));
  });

  test.each([undefined, NaN, Infinity, '\ud800', { deep: ['\udc00'] }, { '\ud800': 1 }])('refuses %s', (value) => {
    expect(() => canonicalBytes(value)).toThrow();
  });
});

describe('an entry', () => {
  test('is canonical JSON of what was drafted, who wrote it and when', () => {
    const draft = {
      kind: 'call.closed',
      callId: 'call_1',
      outcome: 'denied',
      once: 'k',
      facts: { z: 1, a: 'ü' },
    } as const;
    const { bytes } = prepareEntry(draft, stamp);
    expect(bytes.toString()).toBe(
      '{"at":"2026-11-24T09:00:00.123Z","callId":"call_1","facts":{"a":"ü","z":1},' +
        '"id":"01a20cc8-8efb-7000-8000-000000000000","instance":"gw-1","kind":"call.closed","outcome":"denied","v":1}',
    );
  });

  test('has the RFC 6962 leaf hash', () => {
    const { bytes, leaf } = prepareEntry({ kind: 'gateway.started', facts: {} }, stamp);
    expect(leaf).toEqual(createHash('sha256').update(Buffer.of(0)).update(bytes).digest());
  });

  test('of 16 KiB is the largest', () => {
    const room = 16 * 1024 - prepareEntry({ kind: 'gateway.started', facts: { x: '' } }, stamp).bytes.length;
    const fits = prepareEntry({ kind: 'gateway.started', facts: { x: 'y'.repeat(room) } }, stamp);
    expect(fits.bytes).toHaveLength(16 * 1024);
    expect(() => prepareEntry({ kind: 'gateway.started', facts: { x: 'y'.repeat(room + 1) } }, stamp)).toThrow(
      EntryRefused,
    );
  });

  test('with what JSON cannot hold is refused by name of its kind, not of its text', () => {
    const draft = { kind: 'policy.changed', facts: { text: 'secret \ud800' } } as const;
    expect(() => prepareEntry(draft, stamp)).toThrow(EntryRefused);
    expect(() => prepareEntry(draft, stamp)).not.toThrow(/secret/);
  });
});

test('ids are UUIDs of version 7 that sort by time', () => {
  const random = (size: number): Buffer => Buffer.alloc(size, 0xff);
  expect(uuidV7(0x0123_4567_89ab, random)).toBe('01234567-89ab-7fff-bfff-ffffffffffff');
  expect(uuidV7(1_000, random) < uuidV7(1_001, zeros)).toBe(true);
});
