import { describe, expect, it } from 'vitest';
import { createMasker, MaskingFailed } from '../../../../gateway/masking/masker.ts';
import { negatives, positives } from './labelled-set.ts';

const masker = createMasker({ knownSecrets: ['tulip-garden-known'] });
const githubToken = 'gh' + 'p_aB3dE5gH7jK9mN2pQ4sT6vWxYz8aB3dE5gH7';

function json(text: string): string {
  return masker.maskJson(Buffer.from(text)).bytes.toString('utf8');
}

describe('the labelled set', () => {
  it('is as large as promised', () => {
    expect(positives.length).toBeGreaterThanOrEqual(80);
    expect(negatives.length).toBeGreaterThanOrEqual(50);
  });

  it.each(positives)('masks $text', ({ text, secret }) => {
    const { text: masked, hits } = masker.maskText(text);
    expect(masked).not.toContain(secret);
    expect(hits).not.toHaveLength(0);
  });

  it.each(positives)('masks it as a field of a message: $text', ({ text, secret }) => {
    const { bytes } = masker.maskJson(Buffer.from(JSON.stringify({ result: { content: [{ type: 'text', text }] } })));
    expect(JSON.parse(bytes.toString('utf8')).result.content[0].text).not.toContain(secret);
  });

  it.each(negatives)('leaves %s', (text) => {
    expect(masker.maskText(text).text).toBe(text);
    const bytes = Buffer.from(JSON.stringify({ result: { text } }));
    expect(masker.maskJson(bytes).bytes).toBe(bytes);
  });
});

describe('maskText', () => {
  it('masks what is already masked only when something was written around the marker', () => {
    expect(masker.maskText('password=[REDACTED:password]').hits).toHaveLength(0);
    expect(masker.maskText('password=[REDACTED:password]hunter2').text).not.toContain('hunter2');
  });

  it('finds tokens behind zero-width, full-width and colour characters', () => {
    for (const hidden of [
      `${githubToken.slice(0, 9)}\u200b${githubToken.slice(9)}`,
      githubToken.replace('ghp', 'ｇｈｐ'),
      `${githubToken.slice(0, 9)}\u001b[31m${githubToken.slice(9)}`,
      `${githubToken.slice(0, 6)}\u{e0041}${githubToken.slice(6)}`,
    ]) {
      expect(masker.maskText(`é ${hidden} é`).text).toBe('é [REDACTED:github_token] é');
    }
  });

  it('masks known secrets as they are and in base64', () => {
    expect(masker.maskText('x tulip-garden-known y').text).toBe('x [REDACTED:known_secret] y');
    for (const before of ['', 'a', 'ab', 'abc']) {
      const encoded = Buffer.from(`${before}tulip-garden-known!`).toString('base64');
      expect(masker.maskText(encoded).hits.map(({ entity }) => entity)).toEqual(['known_secret']);
    }
  });

  it('reports offsets in the masked text', () => {
    const { text, hits } = masker.maskText(`a ${githubToken} b jane@example.org`);
    expect(hits.map(({ offset, length }) => text.slice(offset, offset + length))).toEqual([
      '[REDACTED:github_token]',
      '[REDACTED:email]',
    ]);
  });

  it('is idempotent', () => {
    for (const { text } of positives) {
      const once = masker.maskText(text).text;
      expect(masker.maskText(once)).toEqual({ text: once, hits: [] });
    }
  });
});

describe('maskJson', () => {
  it('returns the very same buffer when nothing is found', () => {
    const bytes = Buffer.from('{"a": 12345678901234567890, "b": 1.0, "c": "\\u0061\\/", "a": 1e3}');
    const masked = masker.maskJson(bytes);
    expect(masked.bytes).toBe(bytes);
    expect(masked.changed).toBe(false);
  });

  it('keeps every byte around a hit', () => {
    const escaped = `\\u0067hp_${githubToken.slice(4)}`;
    expect(json(`{"n": 12345678901234567890, "f":1.0,\n "s": "\\u00e9\\/ ${escaped} \\n", "n":1e3 }`)).toBe(
      '{"n": 12345678901234567890, "f":1.0,\n "s": "\\u00e9\\/ [REDACTED:github_token] \\n", "n":1e3 }',
    );
  });

  it('masks by the name of a field, but not names that only resemble one', () => {
    expect(json('{"githubPrivateKey":"abcdefghij","dbPassword":"x y","tokenType":"abcdefghij"}')).toBe(
      '{"githubPrivateKey":"[REDACTED:secret]","dbPassword":"[REDACTED:password]","tokenType":"abcdefghij"}',
    );
  });

  it('masks a value named by its neighbour, and the data of a Kubernetes Secret', () => {
    expect(json('{"name":"DB_PASSWORD","value":"hunter"}')).toBe(
      '{"name":"DB_PASSWORD","value":"[REDACTED:password]"}',
    );
    expect(json('{"data":{"user":"Ym9i"},"kind":"Secret"}')).toBe(
      '{"data":{"user":"[REDACTED:kubernetes_secret]"},"kind":"Secret"}',
    );
  });

  it('replaces card and social security numbers written as numbers by 0', () => {
    expect(json('{"n":4111111111111111,"ssn":536228726,"order":536228726,"userId":4111111111111111}')).toBe(
      '{"n":0,"ssn":0,"order":536228726,"userId":4111111111111111}',
    );
  });

  it('replaces known secrets, and numbers named by a neighbour or written with a fraction, by 0', () => {
    const known = createMasker({ knownSecrets: ['918273645'] });
    expect(known.maskJson(Buffer.from('{"n":918273645,"m":918273646}')).bytes.toString()).toBe('{"n":0,"m":918273646}');
    expect(
      json('[{"name":"DB_PASSWORD","value":12345678},{"card":4111111111111111.0},{"card":4.111111111111111e15}]'),
    ).toBe('[{"name":"DB_PASSWORD","value":0},{"card":0},{"card":0}]');
  });

  it('masks a value that is wrapped under a telling name', () => {
    expect(json('{"password":{"value":"hunter","length":6}}')).toBe(
      '{"password":{"value":"[REDACTED:password]","length":6}}',
    );
  });

  it('masks object keys and JSON inside strings, three deep', () => {
    expect(json(`{"${githubToken}":1}`)).toBe('{"[REDACTED:github_token]":1}');
    let text = JSON.stringify({ password: 'a b' });
    for (let i = 0; i < 2; i++) text = JSON.stringify({ text });
    expect(json(text)).toBe(text.replace('a b', '[REDACTED:password]'));
  });

  it('points at the leaf', () => {
    const { hits } = masker.maskJson(Buffer.from(`{"a/b":[{"~":"x ${githubToken}"}]}`));
    expect(hits).toEqual([
      { entity: 'github_token', rule: 'github_token', pointer: '/a~1b/0/~0', offset: 2, length: 23 },
    ]);
  });

  it('never repeats a masked key in a pointer', () => {
    const { hits } = masker.maskJson(Buffer.from(`{"${githubToken}":{"b":[{"password":"x y"}]}}`));
    expect(hits.map(({ pointer }) => pointer)).toEqual([
      '/[REDACTED:github_token]',
      '/[REDACTED:github_token]/b/0/password',
    ]);
  });

  it('points at an enclosing value where the way to the leaf is long', () => {
    const key = 'k'.repeat(300);
    const { hits } = masker.maskJson(Buffer.from(`{"a":{"${key}":{"b":["jane@example.org"]}}}`));
    expect(hits.map(({ pointer }) => pointer)).toEqual(['/a']);
  });

  it('keeps the structure valid and is idempotent', () => {
    for (const { text } of positives) {
      const value = { jsonrpc: '2.0', id: 1, result: { a: [text, 1], token: text, nested: JSON.stringify({ text }) } };
      const once = json(JSON.stringify(value));
      const read: unknown = JSON.parse(once);
      expect(read).toMatchObject({ jsonrpc: '2.0', id: 1, result: { a: [expect.any(String), 1] } });
      expect(json(once)).toBe(once);
    }
  });

  it('fails closed where a protocol field holds a secret, and leaves opaque ones alone', () => {
    for (const message of [
      { jsonrpc: '2.0', id: githubToken, result: {} },
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: githubToken } },
      { jsonrpc: '2.0', id: 1, result: { nextCursor: githubToken } },
      { jsonrpc: '2.0', id: 1, result: { nextCursor: 'password=hunter2-prod' } },
      { jsonrpc: '2.0', id: 1, result: { task: { taskId: githubToken } } },
      { jsonrpc: '2.0', id: 1, result: { tools: [{ name: githubToken }] } },
      { jsonrpc: '2.0', id: 1, result: { tools: [{ name: 'tulip-garden-known' }] } },
    ]) {
      expect(() => masker.maskJson(Buffer.from(JSON.stringify(message)))).toThrow(MaskingFailed);
    }
    const cursor = Buffer.from('{"jsonrpc":"2.0","id":1,"params":{"_meta":{"progressToken":"abc12345def"}}}');
    expect(masker.maskJson(cursor).bytes).toBe(cursor);
  });

  it('fails closed on what is not JSON, not UTF-8 or too large, without quoting it', () => {
    for (const bytes of [
      Buffer.from(`{"a":${githubToken}`),
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.alloc(16 * 1024 * 1024 + 1, 0x20),
    ]) {
      expect(() => masker.maskJson(bytes)).toThrow(MaskingFailed);
      expect(() => masker.maskJson(bytes)).not.toThrow(githubToken);
    }
  });
});
