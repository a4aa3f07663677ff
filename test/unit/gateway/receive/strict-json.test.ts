import { describe, expect, test } from 'vitest';
import { NotStrictJson, scanStrictJson } from '../../../../gateway/receive/strict-json.ts';

const scan = (text: string) => scanStrictJson(Buffer.from(text));

describe('strict JSON', () => {
  test.each([
    ['{"a":1,"a":2}', 'a duplicate key'],
    [String.raw`{"a":1,"\u0061":2}`, 'a duplicate key'],
    ['{"jsonrpc":"2.0","Method":"tools/call"}', 'another case'],
    ['{"params":{"Name":"x"}}', 'another case'],
    ['{"param\u017f":{}}', 'another case'],
    ['{"params":{"arguments":{"sql":"SELECT 1","SQL":"DROP TABLE x"}}}', 'differ only in case'],
    ['{"params":{"arguments":{"token":1,"to\u212aen":2}}}', 'differ only in case'],
    [String.raw`{"a":"\ud800"}`, 'a lone surrogate'],
    [`${'['.repeat(70)}${']'.repeat(70)}`, 'nesting deeper'],
    ['{"a":1} x', 'text after the value'],
    ['{"a":01}', 'does not end'],
    ['{"a":NaN}', 'not a JSON value'],
    ['{"a":1,}', 'a key must be a string'],
    ['[1,]', 'not a JSON value'],
    ['{"a":"line\nbreak"}', 'a control character'],
    [String.raw`{"a":"\x41"}`, 'an invalid escape'],
    ['{"a":"never ends', 'does not end'],
    ['', 'not a JSON value'],
    ['\uFEFF{}', 'not a JSON value'],
  ])('refuses %s', (text, reason) => {
    expect(() => scan(text)).toThrow(NotStrictJson);
    expect(() => scan(text)).toThrow(reason);
  });

  test('refuses invalid UTF-8', () => {
    expect(() => scanStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('invalid UTF-8');
  });

  test('reads what JSON.parse reads, and agrees with it', () => {
    for (const text of ['{"a":[1,-2.5e3,true,false,null,"\\n\\u00e9"],"b":{"c":{}}}', ' [ ] ', '"x"', '0']) {
      expect(scan(text).value).toEqual(JSON.parse(text));
    }
  });

  test('notices numbers that a double cannot hold, so that they are bound by their digits', () => {
    expect(scan('{"params":{"arguments":{"n":12345678901234567890}}}')).toMatchObject({
      lossy: true,
      argumentsText: '{"n":12345678901234567890}',
    });
    expect(scan('{"n":9007199254740991,"x":0.1,"y":1e3}').lossy).toBe(false);
    expect(scan('{"n":0.12345678901234567890}').lossy).toBe(true);
    expect(scan('{"n":1e999}').lossy).toBe(true);
  });
});
