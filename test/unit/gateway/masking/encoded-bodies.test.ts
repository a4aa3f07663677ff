import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { binaryBytesMax } from '../../../../gateway/masking/encoded-leaves.ts';
import { createMasker, MaskingFailed, type Masked } from '../../../../gateway/masking/masker.ts';
import { randomFrom } from './random.ts';

const known = 'tulip-garden-known';
const masker = createMasker({ knownSecrets: [known] });
const githubToken = 'gh' + 'p_aB3dE5gH7jK9mN2pQ4sT6vWxYz8aB3dE5gH7';
const env = `# settings\nGITHUB_TOKEN=${githubToken}\nREGION=eu-central-1\n`;
const maskedEnv = '# settings\nGITHUB_TOKEN=[REDACTED:github_token]\nREGION=eu-central-1\n';
/** A quadratic masking of it would take minutes. */
const largeMsMax = 3_000;

function mask(result: unknown): Masked {
  return masker.maskJson(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result })));
}

function maskBlob(blob: string, mimeType?: string): { blob: string; masked: Masked } {
  const masked = mask({
    contents: [{ uri: 'file:///etc/app', ...(mimeType === undefined ? {} : { mimeType }), blob }],
  });
  const read = JSON.parse(masked.bytes.toString('utf8')) as { result: { contents: [{ blob: string }] } };
  return { blob: read.result.contents[0].blob, masked };
}

function randomBinary(random: (limit: number) => number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = random(256);
  // 0xff stands in no UTF-8 text.
  bytes[0] = 0xff;
  return bytes;
}

describe('text in base64', () => {
  it.each([
    ['text/plain', 'text/plain'],
    ['an environment file without a type', undefined],
    ['a type that lies', 'image/png'],
    ['application/octet-stream', 'application/octet-stream'],
    ['a type with parameters', 'Text/X-Env; charset=UTF-8'],
  ])('is masked inside and encoded anew: %s', (_, mimeType) => {
    const { blob, masked } = maskBlob(Buffer.from(env).toString('base64'), mimeType);
    expect(Buffer.from(blob, 'base64').toString('utf8')).toBe(maskedEnv);
    expect(masked.hits).toEqual([
      {
        entity: 'github_token',
        rule: 'github_token',
        pointer: '/result/contents/0/blob',
        offset: 0,
        length: blob.length,
      },
    ]);
    expect(masked.binaries).toEqual([]);
  });

  it('is masked in images, recordings and embedded resources', () => {
    const data = Buffer.from(`<svg><text>${githubToken}</text></svg>`).toString('base64');
    const { bytes } = mask({
      content: [
        { type: 'image', data, mimeType: 'image/svg+xml' },
        { mimeType: 'audio/wav', data, type: 'audio' },
        { type: 'resource', resource: { blob: data, uri: 'x://y', mimeType: 'image/svg+xml' } },
      ],
    });
    const [image, audio, resource] = JSON.parse(bytes.toString('utf8')).result.content;
    for (const body of [image.data, audio.data, resource.resource.blob]) {
      expect(Buffer.from(body, 'base64').toString('utf8')).toBe('<svg><text>[REDACTED:github_token]</text></svg>');
    }
  });

  it('is masked leaf by leaf when it is JSON, and again inside', () => {
    const inner = { contents: [{ uri: 'x://y', blob: Buffer.from(env).toString('base64') }], password: 'x y' };
    const { blob } = maskBlob(Buffer.from(JSON.stringify(inner)).toString('base64'), 'application/json');
    const read = JSON.parse(Buffer.from(blob, 'base64').toString('utf8')) as typeof inner;
    expect(read.password).toBe('[REDACTED:password]');
    expect(Buffer.from(read.contents[0]?.blob ?? '', 'base64').toString('utf8')).toBe(maskedEnv);
  });

  it('is masked in UTF-16 and in a declared single-byte charset, and stays in it', () => {
    const little = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(`é ${env}`, 'utf16le')]);
    const first = maskBlob(little.toString('base64'), 'text/plain').blob;
    expect(Buffer.from(first, 'base64').toString('utf16le')).toBe(`\ufeffé ${maskedEnv}`);
    const big = Buffer.from(env, 'utf16le').swap16();
    const second = maskBlob(big.toString('base64'), 'text/plain').blob;
    expect(Buffer.from(second, 'base64').swap16().toString('utf16le')).toBe(maskedEnv);
    const latin = Buffer.from(`é ${env}`, 'latin1');
    const third = maskBlob(latin.toString('base64'), 'text/plain; charset=ISO-8859-1').blob;
    expect(Buffer.from(third, 'base64').toString('latin1')).toBe(`é ${maskedEnv}`);
  });

  it('is masked in base64url and with line breaks', () => {
    const text = `ÿÿÿ>>>???${env}`;
    const url = maskBlob(Buffer.from(text).toString('base64url'), 'text/plain').blob;
    expect(url).toMatch(/^[\w-]+$/);
    expect(Buffer.from(url, 'base64url').toString('utf8')).toBe(`ÿÿÿ>>>???${maskedEnv}`);
    const lines = Buffer.from(env)
      .toString('base64')
      .replaceAll(/.{40}/g, (line) => `${line}\r\n`);
    expect(Buffer.from(maskBlob(lines, 'text/plain').blob, 'base64').toString('utf8')).toBe(maskedEnv);
  });

  it('keeps every byte when it holds nothing to mask', () => {
    const written = JSON.stringify({ uri: 'x://y', blob: Buffer.from('plain, é').toString('base64') });
    const bytes = Buffer.from(`{"jsonrpc":"2.0","id":1,"result":{"contents":[${written.replaceAll('/', '\\/')}]}}`);
    expect(masker.maskJson(bytes).bytes).toBe(bytes);
  });

  it('withholds the message when it is declared as text and cannot be read', () => {
    for (const blob of ['not base64 at all!', Buffer.of(0xc3, 0x28, 0xff, 0x41).toString('base64')]) {
      expect(() => maskBlob(blob, 'text/plain')).toThrow(MaskingFailed);
      expect(() => maskBlob(blob, 'text/plain')).toThrow('/result/contents/0/blob is declared as text');
    }
  });

  it('withholds what a lenient decoder would read a secret from', () => {
    const written = Buffer.from(env).toString('base64');
    expect(() => maskBlob(`${written.slice(0, 20)}!${written.slice(20)}`)).toThrow(MaskingFailed);
    expect(maskBlob('!!!!').blob).toBe('!!!!');
  });

  it('masks a secret that stands in the field as it is', () => {
    const accessKey = 'AKIA' + 'IOSFODNN7EXAMPL3';
    expect(maskBlob(accessKey).blob).toBe('[REDACTED:aws_access_key]');
    expect(maskBlob(`${accessKey}\n${accessKey}`).blob).not.toContain(accessKey);
    expect(maskBlob(githubToken).blob).toBe('[REDACTED:github_token]');
  });

  it('is idempotent', () => {
    const { masked } = maskBlob(Buffer.from(env).toString('base64'), 'text/plain');
    expect(masker.maskJson(masked.bytes).bytes).toBe(masked.bytes);
  });
});

describe('a binary', () => {
  it('arrives byte for byte and is described', () => {
    const random = randomFrom(7);
    for (const length of [1, 2, 3, 700, 60_000]) {
      const binary = randomBinary(random, length);
      const data = binary.toString('base64');
      const content = [
        { type: 'image', data, mimeType: 'image/png; q=1' },
        { type: 'text', text: 'a picture' },
      ];
      const before = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content } }));
      const { bytes, binaries } = masker.maskJson(before);
      expect(bytes).toBe(before);
      const sha256 = createHash('sha256').update(binary).digest('hex');
      expect(binaries).toEqual([{ pointer: '/result/content/0/data', mediaType: 'image/png', bytes: length, sha256 }]);
    }
  });

  it('arrives though its base64 reads like a token', () => {
    const tokenLike = `/EAA${'b3FaQ9zK'.repeat(15)}+`;
    const data = `${tokenLike}${Buffer.of(0xff, 0xfe, 0xff).toString('base64')}`.padEnd(1_000, '/9j4');
    const message = { content: [{ type: 'image', data, mimeType: 'image/jpeg' }] };
    expect(masker.maskText(data).hits).not.toEqual([]);
    expect(mask(message).hits).toEqual([]);
  });

  it('is only what the structure says is one', () => {
    const tokenLike = `/EAA${'b3FaQ9zK'.repeat(15)}+/w==`;
    for (const value of [
      { type: 'text', data: tokenLike, mimeType: 'image/png' },
      { type: 'image', data: tokenLike },
      { data: tokenLike, mimeType: 'image/png' },
      { blob: tokenLike },
    ]) {
      expect(mask({ structuredContent: value }).hits.map(({ entity }) => entity)).toEqual(['facebook_token']);
    }
    const secret = { kind: 'Secret', data: { blob: 'AAAA', uri: 'x://y' } };
    expect(mask({ structuredContent: secret }).bytes.toString('utf8')).toContain(
      '"blob":"[REDACTED:kubernetes_secret]"',
    );
  });

  it('is withheld when it is larger than the limit, with a sentence that says so', () => {
    const within = Buffer.alloc(binaryBytesMax, 0xff);
    expect(maskBlob(within.toString('base64')).masked.binaries).toMatchObject([{ bytes: binaryBytesMax }]);
    const beyond = Buffer.alloc(binaryBytesMax + 1, 0xff).toString('base64');
    expect(() => maskBlob(beyond)).toThrow(
      `The binary at /result/contents/0/blob is larger than ${binaryBytesMax} bytes; ask the server for less at once.`,
    );
  });

  it('is withheld when a known secret stands in it', () => {
    const holding = Buffer.concat([Buffer.of(0xff, 0), Buffer.from(known), Buffer.of(0xff)]);
    expect(() => maskBlob(holding.toString('base64'), 'image/png')).toThrow(MaskingFailed);
    expect(() => maskBlob(holding.toString('base64'), 'image/png')).not.toThrow(known);
  });

  it('brings no secret into the record by its declared type', () => {
    const binary = Buffer.of(0xff, 0xd8, 0xff).toString('base64');
    expect(maskBlob(binary, `image/${githubToken}`).masked.binaries).toMatchObject([{ mediaType: 'unknown' }]);
    expect(maskBlob(binary, 'nonsense').masked.binaries).toMatchObject([{ mediaType: 'unknown' }]);
    expect(maskBlob(binary).masked.binaries).toMatchObject([{ mediaType: 'unknown' }]);
  });

  it('costs no scanning time', () => {
    const data = randomBinary(randomFrom(8), 6 * 1024 * 1024).toString('base64');
    const message = Buffer.from(JSON.stringify({ content: [{ type: 'image', data, mimeType: 'image/png' }] }));
    const start = performance.now();
    expect(masker.maskJson(message).bytes).toBe(message);
    expect(performance.now() - start).toBeLessThan(largeMsMax);
  });
});
