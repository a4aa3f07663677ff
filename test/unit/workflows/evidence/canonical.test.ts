import canonicalize from 'canonicalize';
import { expect, test } from 'vitest';
import { canonicalBytes } from '../../../../workflows/evidence/canonical.ts';
import { createChance, type Chance } from '../../../support/chance.ts';

test('canonical JSON is what another implementation writes, whatever the value', () => {
  const chance = createChance(7);
  for (let i = 0; i < 3_000; i += 1) {
    const value = anyValue(chance, 4);
    expect(text(value)).toBe(canonicalize(value));
  }
});

test('canonical JSON of a value that holds itself is refused', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = [cycle];
  expect(() => canonicalBytes(cycle)).toThrow(RangeError);
});

test('canonical JSON leaves out what JSON has no word for, and refuses a bigint', () => {
  expect(text({ a: undefined, b: [undefined, Symbol('x')], c: new Date(0) })).toBe(
    '{"b":[null,null],"c":"1970-01-01T00:00:00.000Z"}',
  );
  expect(() => canonicalBytes([1n])).toThrow(TypeError);
});

function text(value: unknown): string {
  return canonicalBytes(value).toString('utf8');
}

const units = [
  'a',
  'Z',
  '0',
  '"',
  '\\',
  '/',
  '\n',
  '\u0000',
  '\u007f',
  '\u0080',
  '\u2028',
  'é',
  '€',
  '😂',
  '\ufb33',
  '__proto__',
];
const numbers = [0, -0, 1, -1, 0.1, 1e21, 1e-7, 123456789012345680000, 5e-324, Number.MAX_VALUE, 2 ** 53];

function anyValue(chance: Chance, depth: number): unknown {
  const string = (): string => Array.from({ length: chance.below(6) }, () => chance.pick(units)).join('');
  const many = <T>(make: () => T): T[] => Array.from({ length: chance.below(5) }, make);
  switch (chance.below(depth === 0 ? 4 : 6)) {
    case 0:
      return string();
    case 1:
      return chance.pick(numbers);
    case 2:
      return chance.pick([true, false, null]);
    case 3:
      return (chance.below(2 ** 31) - 2 ** 30) / 1_000;
    case 4:
      return many(() => anyValue(chance, depth - 1));
    default: {
      const members = many((): [string, unknown] => [string(), anyValue(chance, depth - 1)]);
      const inOrder = members.toSorted(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(chance.below(2) === 0 ? members : inOrder);
    }
  }
}
