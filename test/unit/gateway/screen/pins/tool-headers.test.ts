import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../../workflows/contract/call.ts';
import { paramHeaderMismatch } from '../../../../../gateway/screen/pins/tool-headers.ts';

const schema = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    deep: { type: 'object', properties: { inner: { type: 'string', 'x-mcp-header': 'Inner' } } },
  },
};
const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;
const mismatch = (args: Json, headers: Record<string, string>): string | undefined =>
  paramHeaderMismatch(schema, args, headers);

describe('headers that repeat arguments', () => {
  test.each<[Json, Record<string, string>]>([
    [{ region: 'eu' }, { 'mcp-param-region': 'eu' }],
    [{ region: 'é ' }, { 'mcp-param-region': base64('é ') }],
    [{ region: 'eu' }, { 'mcp-param-region': base64('eu') }],
    [{ count: 42 }, { 'mcp-param-count': '42.0' }],
    [{ dry: true }, { 'mcp-param-dry': 'true' }],
    [{ deep: { inner: 'x' } }, { 'mcp-param-inner': 'x' }],
    [{ region: null }, {}],
    [{}, { 'mcp-param-region': 'eu' }],
    [{ count: 2 ** 60 }, {}],
    [{ deep: 'flat' }, {}],
    [{ other: 1 }, { 'mcp-param-other': '2' }],
  ])('agree: %j with %j', (args, headers) => {
    expect(mismatch(args, headers)).toBeUndefined();
  });

  test.each<[Json, Record<string, string>, string]>([
    [{ region: 'eu' }, {}, 'missing'],
    [{ region: 'eu' }, { 'mcp-param-region': 'us' }, 'differs'],
    [{ region: 'eu' }, { 'mcp-param-region': '=?base64?ZXU?=' }, 'base64'],
    [{ region: 'eu' }, { 'mcp-param-region': '=?base64?/w==?=' }, 'base64'],
    [{ count: 42 }, { 'mcp-param-count': '43' }, 'differs'],
    [{ count: 42 }, { 'mcp-param-count': '0x2a' }, 'differs'],
    [{ dry: false }, { 'mcp-param-dry': 'False' }, 'differs'],
    [{ deep: { inner: 'x' } }, {}, 'missing'],
  ])('disagree: %j with %j', (args, headers, why) => {
    const said = mismatch(args, headers) ?? '';
    expect(said).toContain(why);
    expect(said).not.toMatch(/\beu\b|\bus\b|42|43/);
  });

  test.each([
    ['under items', { properties: { a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } } } }],
    ['of a name that is no header', { properties: { a: { type: 'string', 'x-mcp-header': 'A b' } } }],
    ['of an object', { properties: { a: { type: 'object', 'x-mcp-header': 'A' } } }],
    ['of the whole', { type: 'string', 'x-mcp-header': 'A' }],
    ['of no schema', 'text'],
  ])('are not asked for by an annotation %s', (_where, other) => {
    expect(paramHeaderMismatch(other, { a: 'x' }, {})).toBeUndefined();
  });
});
