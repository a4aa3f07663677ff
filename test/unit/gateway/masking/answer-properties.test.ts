import { describe, expect, it } from 'vitest';
import { createMasker } from '../../../../gateway/masking/masker.ts';
import { Seam } from '../../../../gateway/masking/stream-seam.ts';
import { negatives, positives } from './labelled-set.ts';
import { randomFrom } from './random.ts';

type Random = (limit: number) => number;

const masker = createMasker();
const roundCount = 300;
/** Longer runs of a token are of use to somebody. */
const visibleUnitsMax = 12;
const spaces = ['', ' ', '\n  ', '\t', '\r\n'];
const numbers = ['0', '-1', '1.0', '1e3', '12345678901234567890', '0.10', '-0'];
/** Tokens of known form; a password has none, and half of one is any word. */
const tokens = positives.filter(({ text, secret }) => secret.length >= 24 && isToken(text, secret));

function isToken(text: string, secret: string): boolean {
  return text.includes(secret) && /^ \[REDACTED:\w+\] $/.test(masker.maskText(` ${secret} `).text);
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** A string literal with some of its units escaped where that is not needed. */
function literal(random: Random, text: string): string {
  const written = JSON.stringify(text);
  if (random(3) > 0) return written;
  return written.replaceAll(/(?<!\\)[a-z](?=[a-z])/g, (unit) =>
    random(6) === 0 ? `\\u00${unit.charCodeAt(0).toString(16)}` : unit,
  );
}

function binary(random: Random): string {
  const bytes = Buffer.from(Array.from({ length: 1 + random(400) }, () => random(256)));
  return Buffer.concat([Buffer.of(0xff), bytes]).toString('base64');
}

/** Part of an answer as it may be written, and the secrets in it. */
function part(random: Random, depth: number, secrets: string[]): string {
  const gap = (): string => pick(random, spaces);
  const member = (name: string, value: string): string => `${gap()}"${name}"${gap()}:${gap()}${value}${gap()}`;
  const text = (): string => {
    if (random(3) > 0) return pick(random, negatives);
    const { text: written, secret } = pick(random, tokens);
    secrets.push(secret);
    return written;
  };
  switch (random(depth > 3 ? 4 : 7)) {
    case 0:
      return pick(random, numbers);
    case 1:
      return literal(random, text());
    case 2:
      return `{${member('uri', '"file:///a"')},${member('blob', `"${Buffer.from(text()).toString('base64')}"`)}}`;
    case 3:
      return `{${member('data', `"${binary(random)}"`)},${member('type', '"image"')},${member('mimeType', '"image/png"')}}`;
    case 4:
      return `[${Array.from({ length: random(4) }, () => gap() + part(random, depth + 1, secrets)).join(',')}]`;
    case 5:
      return literal(random, `{"inner":${part(random, depth + 1, secrets)}}`);
    default:
      return `{${Array.from({ length: random(4) }, (_, i) => member(`f${i}`, part(random, depth + 1, secrets))).join(',')}}`;
  }
}

/** String literals and what stands between them. */
function pieces(json: string): string[] {
  return json.match(/"(?:[^"\\]|\\.)*"|[^"]+/gs) ?? [];
}

/** All that a reader gets to see: strings as they read, and what base64 in them says. */
function visible(json: string): string {
  return pieces(json)
    .filter((piece) => piece.startsWith('"'))
    .map((piece) => JSON.parse(piece) as string)
    .map((text) =>
      /^\s*[[{]/.test(text) ? `${text}\n${visible(text)}` : `${text}\n${Buffer.from(text, 'base64').toString()}`,
    )
    .join('\n');
}

/** Cuts a text into a few pieces, at random. */
function cut(random: Random, text: string): string[] {
  const ends = Array.from({ length: 1 + random(3) }, () => 1 + random(text.length - 1)).sort((a, b) => a - b);
  return [...new Set([...ends, text.length])].map((end, i, all) => text.slice(all[i - 1] ?? 0, end));
}

function longestVisible(secret: string, text: string): number {
  for (let length = secret.length; length > 0; length--) {
    for (let at = 0; at + length <= secret.length; at++)
      if (text.includes(secret.slice(at, at + length))) return length;
  }
  return 0;
}

describe('of any answer', () => {
  it('no byte changes outside the masked leaves, and no secret is left in one', () => {
    const random = randomFrom(21);
    let planted = 0;
    for (let round = 0; round < roundCount; round++) {
      const secrets: string[] = [];
      const content = Array.from({ length: 4 }, () => part(random, 0, secrets)).join(', ');
      const before = `{"jsonrpc":"2.0","id":1,"result":{"content":[${content}]}}`;
      const { bytes, hits } = masker.maskJson(Buffer.from(before));
      const [old, now] = [pieces(before), pieces(bytes.toString('utf8'))];
      expect(now).toHaveLength(old.length);
      const changed = old.filter((piece, i) => piece !== now[i]);
      expect(changed.every((piece) => piece.startsWith('"'))).toBe(true);
      expect(changed).toHaveLength(new Set(hits.map(({ pointer }) => pointer)).size);
      for (const secret of secrets) expect(visible(bytes.toString('utf8'))).not.toContain(secret);
      planted += secrets.length;
    }
    expect(planted).toBeGreaterThan(roundCount / 2);
  });

  it('masking twice is masking once', () => {
    const random = randomFrom(22);
    for (let round = 0; round < roundCount; round++) {
      const once = masker.maskJson(Buffer.from(`{"jsonrpc":"2.0","id":1,"result":${part(random, 0, [])}}`)).bytes;
      expect(masker.maskJson(once).bytes).toBe(once);
    }
  });
});

describe('a token of any form', () => {
  it('is tried', () => {
    expect(tokens.length).toBeGreaterThan(30);
  });

  it('does not pass when it spans text blocks, embedded resources or prompt messages', () => {
    const random = randomFrom(23);
    for (const { secret } of [...tokens, ...tokens]) {
      const texts = cut(random, `see ${secret} there`);
      const wrap = pick<(text: string) => unknown>(random, [
        (text) => ({ type: 'text', text }),
        (text) => ({ type: 'resource', resource: { uri: 'x://y', text } }),
        (text) => ({ role: 'user', content: { type: 'text', text } }),
      ]);
      const { bytes } = masker.maskJson(Buffer.from(JSON.stringify({ result: { content: texts.map(wrap) } })));
      expect(longestVisible(secret, visible(bytes.toString('utf8')))).toBeLessThan(visibleUnitsMax);
    }
  });

  it('does not pass when it spans messages', () => {
    const random = randomFrom(24);
    for (const { secret } of [...tokens, ...tokens]) {
      const texts = cut(random, `see ${secret} there`);
      const seam = new Seam();
      const seen = texts.map((text, i) => {
        const body =
          i === texts.length - 1
            ? { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } }
            : { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: text } };
        const { bytes } = masker.maskJson(Buffer.from(JSON.stringify(body)), seam);
        const read = JSON.parse(bytes.toString('utf8')) as typeof body;
        return read.params?.data ?? read.result?.content[0]?.text ?? '';
      });
      // What has passed cannot be called back; the whole, though, is nowhere to be read.
      expect(seen.join('')).not.toContain(secret);
      expect(seen.join('').replaceAll(/\[REDACTED:\w+\]/g, '').length).toBeLessThan(`see ${secret} there`.length);
      expect(seen.at(-1)?.replace(/\[REDACTED:\w+\]/, '')).not.toMatch(/\w{7,}/);
    }
  });
});
