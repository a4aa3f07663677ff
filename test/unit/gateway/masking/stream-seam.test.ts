import { describe, expect, it } from 'vitest';
import type { ForwardedMessage } from '../../../../gateway/forward/forward-call.ts';
import type { SseEvent } from '../../../../gateway/forward/sse.ts';
import { createMasker } from '../../../../gateway/masking/masker.ts';
import { maskMessage } from '../../../../gateway/masking/mask-message.ts';
import { Seam, seamsByCall } from '../../../../gateway/masking/stream-seam.ts';
import { positives } from './labelled-set.ts';
import { randomFrom } from './random.ts';

const masker = createMasker({ knownSecrets: ['tulip-garden-known'] });
const githubToken = 'gh' + 'p_aB3dE5gH7jK9mN2pQ4sT6vWxYz8aB3dE5gH7';
const mark = '[REDACTED:github_token]';
/** So many units of a token's first part may pass: its prefix, and fewer than eight behind it. */
const passingUnitsMax = 4 + 7;
const longUnits = 300_000;
/** Several times what is measured, so that only quadratic work fails. */
const hostileMsMax = 8_000;

interface Body {
  readonly [key: string]: unknown;
}

function progress(message: string): Body {
  return { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1, message } };
}

function log(data: unknown): Body {
  return { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data } };
}

function answer(...texts: string[]): Body {
  return { jsonrpc: '2.0', id: 1, result: { content: texts.map((text) => ({ type: 'text', text })) } };
}

function formatted(data: string): SseEvent {
  const raw = `data: ${data}\n\n`;
  return { raw, data, id: undefined, event: undefined, retry: undefined, frame: '' };
}

/** Masks messages of one call in a row and reads out what a reader sees of each. */
function release(...bodies: Body[]): unknown[] {
  const seam = new Seam();
  return bodies.map((body) => readable(masker.maskJson(Buffer.from(JSON.stringify(body)), seam).bytes));
}

function readable(bytes: Buffer): unknown {
  const { params, result } = JSON.parse(bytes.toString('utf8')) as {
    params?: { message?: string; data?: unknown };
    result?: { content: { text: string }[] };
  };
  return params?.message ?? params?.data ?? result?.content.map(({ text }) => text).join('');
}

describe('the messages of one call', () => {
  it('complete no token, wherever it is cut', () => {
    for (let cut = 1; cut < githubToken.length; cut++) {
      const [left, right] = [githubToken.slice(0, cut), githubToken.slice(cut)];
      for (const [first, second] of [
        release(progress(`see ${left}`), progress(`${right} there`)),
        release(log(`see ${left}`), log(`${right} there`)),
        release(progress(`see ${left}`), log(`${right} there`)),
        release(progress(`see ${left}`), answer(`${right} there`)),
      ]) {
        expect(second).toBe(`${mark} there`);
        expect(first).toBe(cut > passingUnitsMax ? `see ${mark}` : `see ${left}`);
      }
    }
  });

  it('complete no token that comes unit by unit', () => {
    const seen = release(...githubToken.split('').map(progress), answer(' done'));
    expect(seen.slice(0, passingUnitsMax)).toEqual(githubToken.slice(0, passingUnitsMax).split(''));
    expect(seen.slice(passingUnitsMax + 1, -1).every((unit) => unit === mark)).toBe(true);
    expect(seen.at(-1)).toBe(' done');
  });

  it('show neither part of a long token', () => {
    const claims = Buffer.from(
      JSON.stringify({ sub: 'jane', roles: Array.from({ length: 60 }, (_, i) => `role-${i}`) }),
    );
    const token = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${claims.toString('base64url')}.${'aB3dE5gH7j'.repeat(4)}`;
    for (const cut of [40, 600, token.length - 45, token.length - 20]) {
      expect(release(log(`jwt ${token.slice(0, cut)}`), log(`${token.slice(cut)} end`))).toEqual([
        'jwt [REDACTED:jwt]',
        '[REDACTED:jwt] end',
      ]);
    }
  });

  it('show no line of a private key but its first', () => {
    const lines = ['-----BEGIN ' + 'PRIVATE KEY-----'];
    for (let i = 0; i < 30; i++) lines.push(`MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7VJTUt9U${i + 10}`);
    lines.push('-----END ' + 'PRIVATE KEY-----', 'and that was it');
    const seen = release(...lines.map(log));
    expect(seen.slice(1, -2).every((line) => line === '[REDACTED:private_key]')).toBe(true);
    expect(seen.at(-1)).toBe('and that was it');
  });

  it('show no value whose name ended the message before', () => {
    expect(release(log('Password:'), log('hunter2-prod'), log('Done.'))).toEqual([
      'Password:',
      '[REDACTED:password]',
      'Done.',
    ]);
  });

  it('are followed field by field, and by kind', () => {
    const [left, right] = [githubToken.slice(0, 9), githubToken.slice(9)];
    expect(release(log({ out: left, err: 'warn 1' }), progress('half'), log({ err: 'warn 2', out: right }))).toEqual([
      { out: left, err: 'warn 1' },
      'half',
      { err: 'warn 2', out: mark },
    ]);
    expect(release(log(left), progress('half done'), answer('', `${right} is it`))).toEqual([
      left,
      'half done',
      `${mark} is it`,
    ]);
  });

  it('hide no known secret and no token behind long texts', () => {
    const long = 'word '.repeat(longUnits / 5);
    expect(release(log(`${long}tulip-gar`), log(`den-known ${long}`))).toEqual([
      `${long}tulip-gar`,
      `[REDACTED:known_secret] ${long}`,
    ]);
  });

  it('stay as they are when nothing crosses', () => {
    const texts = ['Step 1 of 3', 'Reading jane@example.org', 'Status: active', '4111', '50 %', 'sk-learn-1.2.3', 'ok'];
    const seam = new Seam();
    for (const text of texts) {
      const before = Buffer.from(JSON.stringify(progress(text)));
      const { bytes, hits } = masker.maskJson(before, seam);
      if (text.includes('@')) expect(hits).toMatchObject([{ entity: 'email' }]);
      else expect(bytes).toBe(before);
    }
  });

  it('are masked once: what has passed passes again', () => {
    const random = randomFrom(11);
    for (const { text } of positives) {
      const cut = 1 + random(text.length - 1);
      const bodies = [progress(text.slice(0, cut)), progress(text.slice(cut)), answer('tail')];
      const seams = [new Seam(), new Seam()];
      const [once, twice] = seams.map(
        (seam, i) => (bytes: Buffer) => (i < 2 ? masker.maskJson(bytes, seam).bytes : bytes),
      );
      for (const body of bodies) {
        const released = once?.(Buffer.from(JSON.stringify(body))) ?? Buffer.alloc(0);
        expect(twice?.(released).toString('utf8')).toBe(released.toString('utf8'));
      }
    }
  });

  it.each([
    ['on one track', () => `{${Array.from({ length: 20_000 }, () => '"a":"sk-proj-a1b2c3d4e5"').join(',')}}`],
    ['on many', (i: number) => `[${Array.from({ length: 20_000 }, () => `"ghp_a1b2c3d4e${i}"`).join(',')}]`],
    ['of one run', () => `"${'ghp_a1b2'.repeat(120_000)}"`],
  ])(
    'cost linear time when they are hostile: texts %s',
    (_, data) => {
      const seam = new Seam();
      const start = performance.now();
      for (let i = 0; i < 3; i++) {
        masker.maskJson(
          Buffer.from(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":${data(i)}}}`),
          seam,
        );
      }
      expect(performance.now() - start).toBeLessThan(hostileMsMax);
    },
    30_000,
  );

  it('cost time in proportion, and memory that does not grow', () => {
    const seam = new Seam();
    const bytes = Buffer.from(JSON.stringify(log(`${'x'.repeat(longUnits)} end`)));
    for (let i = 0; i < 20; i++) {
      masker.maskJson(bytes, seam);
      masker.maskJson(
        Buffer.from(JSON.stringify(log({ [`field${i}`]: 'text', more: { [`deep${i}`]: 'text' } }))),
        seam,
      );
    }
    expect(seam.unitsHeld).toBeLessThanOrEqual(2 * 16 * 4096);
  });
});

describe('a call', () => {
  it('has a seam once a message has passed before its answer', () => {
    const seamOf = seamsByCall();
    const [call, other] = [{}, {}];
    expect(seamOf(call, true)).toBeUndefined();
    const seam = seamOf(call, false);
    expect(seam).toBeInstanceOf(Seam);
    expect(seamOf(call, true)).toBe(seam);
    expect(seamOf(other, false)).not.toBe(seam);
  });

  it('is masked across its events by maskMessage', () => {
    const seam = new Seam();
    const event = (body: Body, final: boolean): ForwardedMessage => {
      const data = JSON.stringify(body);
      return { final, text: data, status: 200, headers: {}, event: formatted(data) };
    };
    maskMessage(masker, event(progress(`see ${githubToken.slice(0, 9)}`), false), seam);
    const { bytes } = maskMessage(masker, event(answer(githubToken.slice(9)), true), seam);
    expect(readable(bytes)).toBe(mark);
  });
});
