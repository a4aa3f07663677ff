import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../workflows/contract/call.ts';
import { createMasker, MaskingFailed } from '../../../../gateway/masking/masker.ts';
import {
  changesStructure,
  fitsAfterMasking,
  respectOutputSchema,
  respectSchema,
} from '../../../../gateway/masking/output-schema.ts';

const masker = createMasker();
const email = 'jane@example.org';
/** A pattern that never ends costs its time three times; further answers of that tool must not cost it again. */
const againMsMax = 50;
const onceMsMax = 3_000;

function schemaOf(owner: Json): Json {
  return { type: 'object', properties: { owner }, required: ['owner'] };
}

function masked(structuredContent: unknown, more: Record<string, unknown> = {}) {
  const content = [{ type: 'text', text: JSON.stringify(structuredContent) }];
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content, structuredContent, ...more } });
  const { bytes, hits } = masker.maskJson(Buffer.from(text));
  return { text: bytes.toString('utf8'), hits };
}

describe('changesStructure', () => {
  it('tells whether masking touched the structured answer', () => {
    expect(changesStructure(masked({ owner: email }).hits)).toBe(true);
    expect(changesStructure(masked({ owner: 'nobody' }).hits)).toBe(false);
    expect(changesStructure(masked({ owner: 'nobody' }, { _meta: { by: email } }).hits)).toBe(false);
  });
});

describe('respectOutputSchema', () => {
  it('leaves an answer that still fits, byte for byte', () => {
    for (const schema of [schemaOf({ type: 'string' }), schemaOf({ type: 'string', maxLength: 40 }), {}]) {
      const { text } = masked({ owner: email, big: 1 });
      expect(respectOutputSchema(text, schema)).toBe(text);
    }
    const { text } = masked({ card: 4111111111111111 });
    expect(respectOutputSchema(text, { type: 'object', properties: { card: { type: 'integer' } } })).toBe(text);
  });

  it.each([
    ['format', { type: 'string', format: 'email' }],
    ['pattern', { type: 'string', pattern: '^[a-z]+@' }],
    ['maxLength', { type: 'string', maxLength: 12 }],
    ['enum', { enum: [email, 'john@example.org'] }],
    ['a reference inside', { $ref: '#/$defs/address' }],
  ])('makes an error of an answer that breaks %s, with its text kept masked', (_, owner) => {
    const schema = { ...(schemaOf(owner) as object), $defs: { address: { format: 'email' } } };
    const { result } = JSON.parse(respectOutputSchema(masked({ owner: email }, { _meta: { n: 1 } }).text, schema));
    expect(result).toEqual({
      isError: true,
      _meta: { n: 1 },
      content: [
        { type: 'text', text: '{"owner":"[REDACTED:email]"}' },
        { type: 'text', text: expect.stringMatching(/left out the structured answer.+ask for/) },
      ],
    });
  });

  it('keeps every other byte', () => {
    const before =
      '{ "id":12345678901234567890,"result" : { "a":1.0 ,"isError":false,"structuredContent":["[REDACTED:email]",{"b":"}"}],' +
      ' "content": [ {"type":"text","text":"\\u0061,"} ] , "z":"\\/" } ,"jsonrpc":"2.0"}';
    const after = respectOutputSchema(before, { type: 'array', items: { type: 'number' } });
    expect(after).toMatch(/^\{ "id":12345678901234567890,"result" : \{.*\} ,"jsonrpc":"2\.0"\}$/);
    expect(after).toContain('{"type":"text","text":"\\u0061,"}');
    expect(after).toContain('"a":1.0');
    expect(after).toContain('"z":"\\/"');
    expect(after).not.toContain('structuredContent');
    expect(JSON.parse(after)).toMatchObject({ result: { isError: true } });
  });

  it('speaks when there was no text, and leaves errors and answers without structure alone', () => {
    const strict = schemaOf({ type: 'number' });
    for (const content of ['', ',"content":[]', ',"content":null']) {
      const text = `{"result":{"structuredContent":{"owner":"x"}${content}}}`;
      expect(JSON.parse(respectOutputSchema(text, strict)).result.content).toHaveLength(1);
    }
    for (const text of [
      masked({ owner: email }, { isError: true }).text,
      '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}',
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"[REDACTED:email]"}}',
    ]) {
      expect(respectOutputSchema(text, strict)).toBe(text);
    }
  });

  it('refuses what two readers would read differently', () => {
    const text = '{"result":{"structuredContent":{},"structuredContent":{"owner":"x"}}}';
    expect(() => respectOutputSchema(text, schemaOf({ type: 'number' }))).toThrow(MaskingFailed);
  });
});

describe('respectSchema', () => {
  const strict = schemaOf({ type: 'string', format: 'email' });

  it('asks for no schema where masking left the structure alone', () => {
    const { text, hits } = masked({ owner: 'nobody' }, { _meta: { by: email } });
    const message = { bytes: Buffer.from(text), hits };
    const never = (): never => {
      throw new Error('asked for the schema');
    };
    expect(respectSchema(message, never)).toBe(message);
  });

  it('changes the bytes of an answer that no longer fits, and nothing else', () => {
    const { text, hits } = masked({ owner: email });
    const message = { bytes: Buffer.from(text), hits, status: 200 };
    const { bytes, ...rest } = respectSchema(message, () => strict);
    expect(JSON.parse(bytes.toString('utf8'))).toMatchObject({ id: 1, result: { isError: true } });
    expect(rest).toEqual({ hits, status: 200 });
    expect(respectSchema(message, () => undefined)).toBe(message);
    expect(respectSchema(message, () => ({ type: 'object' }))).toBe(message);
  });
});

describe('fitsAfterMasking', () => {
  it('reads the dialect that the schema declares', () => {
    const tuple = { items: [{ type: 'string' }, { type: 'number' }] };
    expect(fitsAfterMasking({ $schema: 'http://json-schema.org/draft-07/schema#', ...tuple }, ['a', 1])).toBe(true);
    expect(fitsAfterMasking({ $schema: 'http://json-schema.org/draft-07/schema#', ...tuple }, ['a', 'b'])).toBe(false);
    expect(fitsAfterMasking({ prefixItems: tuple.items }, ['a', 'b'])).toBe(false);
  });

  it('is false for a schema that it cannot use, and fetches nothing', () => {
    let deep: Json = {};
    for (let i = 0; i < 70; i++) deep = { properties: { a: deep } };
    for (const schema of [
      { $ref: 'https://schemas.example.org/owner.json' },
      { type: 'nonsense' },
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      { description: 'x'.repeat(300_000) },
      deep,
      true,
    ] satisfies Json[]) {
      expect(fitsAfterMasking(schema, { owner: '[REDACTED:email]' })).toBe(false);
    }
  });

  it('keeps servers apart that use one $id', () => {
    const id = { $id: 'https://schemas.example.org/shared' };
    expect(fitsAfterMasking({ ...id, type: 'string' }, 'text')).toBe(true);
    expect(fitsAfterMasking({ ...id, type: 'number' }, 'text')).toBe(false);
    expect(fitsAfterMasking({ $ref: id.$id }, 'text')).toBe(false);
  });

  it('stops a pattern that backtracks for ever, and does not try it a fourth time', () => {
    const hostile = { type: 'string', pattern: '^(a+)+$' };
    const value = `${'a'.repeat(60)}!`;
    const start = performance.now();
    for (let time = 0; time < 3; time += 1) expect(fitsAfterMasking(hostile, value)).toBe(false);
    const again = performance.now();
    expect(again - start).toBeLessThan(onceMsMax);
    expect(fitsAfterMasking(hostile, value)).toBe(false);
    expect(performance.now() - again).toBeLessThan(againMsMax);
  });

  it('goes on with a schema for which one answer took too long, as on a machine that stood still', () => {
    const schema = { type: 'string', pattern: '^(a+)+b?$' };
    expect(fitsAfterMasking(schema, `${'a'.repeat(60)}!`)).toBe(false);
    expect(fitsAfterMasking(schema, 'aaa')).toBe(true);
  });
});
