import { describe, expect, it } from 'vitest';
import { createMasker } from '../../../../gateway/masking/masker.ts';
import { positives } from './labelled-set.ts';

const masker = createMasker();
const githubToken = 'gh' + 'p_aB3dE5gH7jK9mN2pQ4sT6vWxYz8aB3dE5gH7';

function maskBlocks(texts: readonly string[]): string[] {
  const content = texts.map((text) => ({ type: 'text', text }));
  const { bytes } = masker.maskJson(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content } })));
  const read = JSON.parse(bytes.toString('utf8')) as { result: { content: { text: string }[] } };
  return read.result.content.map(({ text }) => text);
}

describe('neighbouring text blocks', () => {
  it('hide no token, wherever it is cut', () => {
    for (let cut = 1; cut < githubToken.length; cut++) {
      const [left, right] = maskBlocks([`see ${githubToken.slice(0, cut)}`, `${githubToken.slice(cut)} there`]);
      expect(left).toBe('see [REDACTED:github_token]');
      expect(right).toBe('[REDACTED:github_token] there');
    }
  });

  it('hide no token in more than two pieces, or behind a long text', () => {
    const cut = githubToken.split('');
    expect(maskBlocks([...cut, ' end'])).toEqual([...cut.map(() => '[REDACTED:github_token]'), ' end']);
    const long = 'word '.repeat(10_000);
    expect(maskBlocks([long + githubToken.slice(0, 9), githubToken.slice(9) + ' ' + long])).toEqual([
      `${long}[REDACTED:github_token]`,
      `[REDACTED:github_token] ${long}`,
    ]);
  });

  it('hide no value whose name stands in the block before', () => {
    expect(maskBlocks(['Password:', 'hunter2-prod', 'Done.'])).toEqual(['Password:', '[REDACTED:password]', 'Done.']);
  });

  it('hide no private key', () => {
    const begin = '-----BEGIN ' + 'PRIVATE KEY-----\nAAAABBBBCCCCDDDDEEEE\n';
    expect(maskBlocks([`key ${begin}`, 'FFFFGGGG\n-----END ' + 'PRIVATE KEY-----\nok'])).toEqual([
      'key [REDACTED:private_key]',
      '[REDACTED:private_key]\nok',
    ]);
  });

  it('keep what only follows a hit', () => {
    expect(maskBlocks(['Owner: jane@example.org', 'Status: active', 'password=hunter2-prod', 'Next: 1'])).toEqual([
      'Owner: [REDACTED:email]',
      'Status: active',
      'password=[REDACTED:password]',
      'Next: 1',
    ]);
  });

  it('are masked once, and only where something was found', () => {
    for (const { text } of positives) {
      const middle = Math.floor(text.length / 2);
      const once = maskBlocks([text.slice(0, middle), text.slice(middle), 'tail']);
      expect(maskBlocks(once)).toEqual(once);
      expect(once[2]).toMatch(/^(?:tail|\[REDACTED:[a-z0-9_]+\])$/);
    }
  });
});
