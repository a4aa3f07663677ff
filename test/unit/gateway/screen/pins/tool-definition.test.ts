import { describe, expect, test } from 'vitest';
import { changedFields, definitionDigest } from '../../../../../gateway/screen/pins/tool-definition.ts';

const definition = {
  name: 'apply',
  title: 'Apply',
  description: 'Applies.',
  inputSchema: { type: 'object', properties: { a: { type: 'string' }, b: { maximum: 1.0 } } },
  outputSchema: { type: 'object', properties: { x: { type: 'string' } } },
  annotations: { readOnlyHint: true },
};
const digestOf = (value: Record<string, unknown>): string => definitionDigest(value, JSON.stringify(value));

describe('the digest of a definition', () => {
  test.each(Object.keys(definition))('changes with its %s, and when that is gone', (field) => {
    const { [field]: _gone, ...rest } = definition as Record<string, unknown>;
    expect(digestOf({ ...definition, [field]: 'other' })).not.toBe(digestOf(definition));
    expect(digestOf(rest)).not.toBe(digestOf(definition));
  });

  test('does not change with the order of members, the spelling of numbers, or what is no part of it', () => {
    const reordered = Object.fromEntries(Object.entries(definition).toReversed());
    expect(digestOf({ ...reordered, _meta: { a: 1 }, icons: [] })).toBe(digestOf(definition));
    const one = JSON.parse('{"name":"a","inputSchema":{"maximum":1.0}}') as Record<string, unknown>;
    const two = JSON.parse('{"name":"a","inputSchema":{"maximum":1}}') as Record<string, unknown>;
    expect(digestOf(one)).toBe(digestOf(two));
  });

  test('is the same in both eras for a result that is no object, whose schema older clients get in an envelope', () => {
    const natural = { type: 'array', items: { $ref: '#/$defs/row' }, $defs: { row: { type: 'string' } } };
    const wrapped = {
      type: 'object',
      properties: { result: { ...natural, items: { $ref: '#/properties/result/$defs/row' } } },
      required: ['result'],
    };
    const of = (outputSchema: object) => digestOf({ ...definition, outputSchema });
    expect(of(wrapped)).toBe(of(natural));
    expect(of({ ...wrapped, required: [] })).not.toBe(of(natural));
    expect(of({ ...wrapped, additionalProperties: false })).not.toBe(of(natural));
  });

  test('exists for what has no canonical form, over its very text', () => {
    const text = '{"name":"a","description":"\\ud800"}';
    const value = JSON.parse(text) as Record<string, unknown>;
    expect(definitionDigest(value, text)).toMatch(/^[0-9a-f]{64}$/);
    expect(definitionDigest(value, text)).not.toBe(definitionDigest(value, `${text} `));
  });
});

describe('what changed', () => {
  const text = JSON.stringify(definition);

  test('is told by the names of fields', () => {
    const after = JSON.stringify({ ...definition, description: 'x', annotations: undefined });
    expect(changedFields(text, after)).toEqual(['description', 'annotations']);
  });

  test('is told also when the mask hides it', () => {
    expect(changedFields(text, text)).toEqual(['masked parts']);
    expect(changedFields(undefined, text)).toEqual([]);
  });
});
