import { describe, expect, test } from 'vitest';
import type { KnownCall } from '../../../../gateway/call.ts';
import { askForReason, withoutReason } from '../../../../gateway/purpose/reason-argument.ts';
import { receive } from '../../../../gateway/receive/receive.ts';
import { applyTextEdits } from '../../../../gateway/screen/offers/lists-edit.ts';
import { readOffer } from '../../../../gateway/screen/offers/lists.ts';

function listed(schema: string): string {
  return `{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"t" , "inputSchema":${schema}}]}}`;
}

function shown(schema: string, codes: readonly string[] = []): string {
  const text = listed(schema);
  const [item] = readOffer(text)?.lists[0]?.items ?? [];
  return item === undefined ? text : applyTextEdits(text, askForReason(text, item, codes));
}

function schemaIn(text: string) {
  const { result } = JSON.parse(text) as { result: { tools: { inputSchema: Record<string, unknown> }[] } };
  return result.tools[0]?.inputSchema;
}

describe('the argument on a list', () => {
  test.each([
    '{"type":"object"}',
    '{}',
    '{ "type":"object", "properties": {} , "required": [ ] }',
    '{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}',
    '{"required":["a"],"properties":{"a":{}}}',
    '{"properties":{"a":{}},"type":"object"}',
  ])('is a required text among the others: %s', (schema) => {
    const before = JSON.parse(schema) as { properties?: object; required?: string[] };
    expect(schemaIn(shown(schema))).toEqual({
      ...before,
      properties: { ...before.properties, _reason: { type: 'string', description: expect.any(String) } },
      required: [...(before.required ?? []), '_reason'],
    });
  });

  test('changes no other unit of the text', () => {
    const schema = '{ "type":"object",  "properties":{"n":{"maximum":12345678901234567890}} }';
    const text = shown(schema);
    expect(text).toContain('{"n":{"maximum":12345678901234567890},"_reason":');
    expect(text).toContain('{"name":"t" , "inputSchema":{ "type":"object",  "properties":');
  });

  test.each([
    '{"properties":{"_reason":{"type":"number"}}}',
    '{"$ref":"#/$defs/a"}',
    '{"type":"object","propertyNames":{"maxLength":3}}',
    '{"type":"object","maxProperties":1}',
    '{"oneOf":[{"required":["a"],"additionalProperties":false}]}',
    '{"properties":[]}',
    '{"required":"a"}',
    '5',
  ])('is not added to a schema that would not take it: %s', (schema) => {
    expect(shown(schema)).toBe(listed(schema));
  });

  test('tells the codes', () => {
    expect(JSON.stringify(schemaIn(shown('{}', ['incident', 'review'])))).toContain('\\"incident: \\", \\"review: \\"');
  });
});

function callOf(params: string): KnownCall {
  const body = Buffer.from(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":${params}}`);
  const headers = { 'content-type': 'application/json', accept: '*/*' };
  const post = { connection: { name: 'c' }, headers, body, reply: {} };
  return receive(post as unknown as Parameters<typeof receive>[0], () => 'call_1') as KnownCall;
}

describe('a call with the argument', () => {
  test.each([
    ['{"name":"t","arguments":{"_reason":"why"}}', '{"name":"t","arguments":{}}'],
    ['{"name":"t","arguments":{"a":1.0, "_reason":"why" ,"b":2}}', '{"name":"t","arguments":{"a":1.0,"b":2}}'],
    [
      '{"arguments":{"_reason":"why","b":[{"_reason":1}]},"name":"t"}',
      '{"arguments":{"b":[{"_reason":1}]},"name":"t"}',
    ],
    ['{"name":"t","arguments":{"a":"\\u00e9","_reason":"why"}}', '{"name":"t","arguments":{"a":"\\u00e9"}}'],
  ])('reaches its server without it, in bytes and arguments: %s', (params, left) => {
    const before = callOf(params);
    const { call, said } = withoutReason(before);
    const plain = callOf(left);
    expect(said).toBe('why');
    expect(call.raw.toString('utf8').replaceAll(/ (?=[,}])|(?<=,) /g, '')).toBe(plain.raw.toString('utf8'));
    expect(call.params).toEqual(plain.params);
    expect(call.canonicalArguments).toBe(plain.canonicalArguments);
    expect(call.received).toBe(before.raw);
    expect(call.removed).toEqual(['/params/arguments/_reason']);
  });

  test('that holds digits which no double has keeps them', () => {
    const { call } = withoutReason(callOf('{"name":"t","arguments":{"n":12345678901234567890,"_reason":"x"}}'));
    expect(call.canonicalArguments).toBe('{"n":12345678901234567890}');
  });

  test('is the very same object when there is none', () => {
    const call = callOf('{"name":"t","arguments":{"reason":"x"}}');
    expect(withoutReason(call).call).toBe(call);
    const bare = callOf('{"name":"t"}');
    expect(withoutReason(bare).call).toBe(bare);
  });
});
