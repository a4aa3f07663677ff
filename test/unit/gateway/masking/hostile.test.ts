import { describe, expect, it } from 'vitest';
import { createMasker, MaskingFailed } from '../../../../gateway/masking/masker.ts';

const textUnits = 1024 * 1024;
/** Ten times what is measured on an idle core, so that only quadratic work fails. */
const hostileMsMax = 4_000;
const masker = createMasker();

const tokens = ['gh' + 'p_', 'ey' + 'J', 'ey' + 'J-', 'ey' + 'Jabcdefgh.', 'xo' + 'xb-', 't1.A', 'bearer '];
const keys = ['-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----AAAA', '-----BEGIN PRIVATE KEY----- '];
const named = ['pwd:', 'key:', 'key:"', 'password="', 'token("', 'curl ', '://', '://a:', '?sig=', '{"', '['];
const places = ['kind: Secret\n', 'kind: Secret\n data:\n', 'machine a login b ', 'a:', '1::', 'ab:cd:1:'];
const others = ['4', '4 ', '4111 ', '@', 'a@', 'a@a.a.', 'DE89 ', ' ', 'a.', 'a\u200b', 'ｇ'];
const repeated = [...tokens, ...keys, ...named, ...places, ...others];

describe('a hostile megabyte', () => {
  it.each(repeated)(
    'of %j is masked or refused in linear time',
    (part) => {
      const text = part.repeat(Math.ceil(textUnits / part.length)).slice(0, textUnits);
      const start = performance.now();
      try {
        masker.maskText(text);
        masker.maskJson(Buffer.from(JSON.stringify({ text })));
      } catch (error) {
        expect(error).toBeInstanceOf(MaskingFailed);
      }
      expect(performance.now() - start).toBeLessThan(hostileMsMax);
    },
    30_000,
  );

  const emails = (count: number): string => Array.from({ length: count }, () => '"a@b.co"').join(',');
  const deep = 5_000;
  it.each([
    ['Secrets inside Secrets', `${'{"kind":"Secret","data":'.repeat(40_000)}"x"${'}'.repeat(40_000)}`],
    ['many hits far down', `${'{"a":'.repeat(deep)}[${emails(20_000)}]${'}'.repeat(deep)}`],
    ['many hits under a long key', `{"${'k'.repeat(textUnits / 2)}":[${emails(50_000)}]}`],
    ['strings that are nearly JSON', `[${Array.from({ length: 100_000 }, () => '"[1,2 ]]"').join(',')}]`],
    ['many small bodies', `[${Array.from({ length: 40_000 }, () => '{"uri":"x","blob":"/9j/"}').join(',')}]`],
    ['many small texts in a row', `[${Array.from({ length: 40_000 }, () => '{"text":"pwd:a1"}').join(',')}]`],
  ])(
    'of %s is masked in linear time, with a report of the same order',
    (_, text) => {
      const start = performance.now();
      const { hits } = masker.maskJson(Buffer.from(text));
      expect(performance.now() - start).toBeLessThan(hostileMsMax);
      expect(Math.max(0, ...hits.map(({ pointer }) => pointer.length))).toBeLessThan(600);
    },
    30_000,
  );

  it('survives half a million open brackets', () => {
    const text = '['.repeat(textUnits / 2) + ']'.repeat(textUnits / 2);
    const bytes = Buffer.from(text);
    expect(masker.maskJson(bytes).bytes).toBe(bytes);
  }, 30_000);
});
