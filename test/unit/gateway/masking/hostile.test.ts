import { describe, expect, it } from 'vitest';
import { createMasker, MaskingFailed } from '../../../../gateway/masking/masker.ts';

const textUnits = 1024 * 1024;
/** Ten times what is measured on an idle core, so that only quadratic work fails. */
const hostileMsMax = 4_000;
const masker = createMasker();

const tokens = ['gh' + 'p_', 'ey' + 'J', 'ey' + 'J-', 'ey' + 'Jabcdefgh.', 'xo' + 'xb-', 't1.A', 'bearer '];
const keys = ['-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----AAAA', '-----BEGIN PRIVATE KEY----- '];
const named = ['pwd:', 'key:', 'key:"', 'password="', 'token("', 'curl ', '://', '://a:', '?sig=', '{"', '['];
const others = ['4', '4 ', '4111 ', '@', 'a@', 'a@a.a.', 'DE89 ', ' ', 'a.', 'a\u200b', 'ｇ'];
const repeated = [...tokens, ...keys, ...named, ...others];

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

  it('survives half a million open brackets', () => {
    const text = '['.repeat(textUnits / 2) + ']'.repeat(textUnits / 2);
    const bytes = Buffer.from(text);
    expect(masker.maskJson(bytes).bytes).toBe(bytes);
  }, 30_000);
});
