import { describe, expect, it } from 'vitest';
import { binaryFacts } from '../../../../gateway/record/binary-facts.ts';

const factsBytesMax = 16 * 1024;
const binary = { pointer: '/result/content/0/data', mediaType: 'image/png', bytes: 3, sha256: 'ab'.repeat(32) };

describe('binaryFacts', () => {
  it('says nothing where there are no binaries', () => {
    expect(binaryFacts()).toEqual({});
    expect(binaryFacts([])).toEqual({});
  });

  it('lists each binary with its digest', () => {
    expect(binaryFacts([binary])).toEqual({ binaries: [binary], binaryCount: 1 });
  });

  it('stays within what an entry may hold, and counts the rest', () => {
    const long = { ...binary, pointer: `/${'語'.repeat(500)}`, mediaType: `image/${'x'.repeat(58)}` };
    const facts = binaryFacts(Array.from({ length: 5_000 }, () => long));
    expect(facts['binaryCount']).toBe(5_000);
    expect(facts['binaries']).toHaveLength(10);
    expect(Buffer.byteLength(JSON.stringify(facts))).toBeLessThan(factsBytesMax / 2);
  });
});
