import { describe, expect, it } from 'vitest';
import { createEvaluator, createMasker } from '../../../../gateway/masking/masker.ts';
import { negatives, positives } from './labelled-set.ts';
import { randomFrom } from './random.ts';

const masker = createMasker();
const evaluate = createEvaluator();
const roundCount = 400;

const glue = ['\n', ' ', '; ', '\t', '"', "'", ', ', '\u200b', 'é', '\\n', '|', '[REDACTED:email]'];

/** Texts of positives, negatives and glue in any order, which no example would have thought of. */
function randomText(random: (limit: number) => number): string {
  const parts: string[] = [];
  for (let i = 0; i < 1 + random(5); i++) {
    const pool = random(2) === 0 ? positives.map(({ text }) => text) : negatives;
    parts.push(pool[random(pool.length)] ?? '', glue[random(glue.length)] ?? '');
  }
  return parts.join('');
}

describe('for any text', () => {
  it('masking twice is masking once', () => {
    const random = randomFrom(1);
    for (let round = 0; round < roundCount; round++) {
      const once = masker.maskText(randomText(random)).text;
      expect(masker.maskText(once).text).toBe(once);
    }
  });

  it('what stands outside the hits stays', () => {
    const random = randomFrom(2);
    for (let round = 0; round < roundCount; round++) {
      const text = randomText(random);
      const { masked, hits } = evaluate(text);
      let inputAt = 0;
      let outputAt = 0;
      for (const { offset, length, entity } of hits) {
        expect(masked.startsWith(`${text.slice(inputAt, offset)}[REDACTED:${entity}]`, outputAt)).toBe(true);
        outputAt += offset - inputAt + `[REDACTED:${entity}]`.length;
        inputAt = offset + length;
      }
      expect(masked.slice(outputAt)).toBe(text.slice(inputAt));
    }
  });

  it('JSON that holds it keeps its structure', () => {
    const random = randomFrom(3);
    for (let round = 0; round < roundCount; round++) {
      const value = { list: [randomText(random), 7, null, { deep: randomText(random) }], flag: true };
      const masked = masker.maskJson(Buffer.from(JSON.stringify(value, undefined, random(3))));
      const read: unknown = JSON.parse(masked.bytes.toString('utf8'));
      expect(read).toEqual({
        list: [expect.any(String), 7, null, { deep: expect.any(String) }],
        flag: true,
      });
      expect(masker.maskJson(masked.bytes).bytes.equals(masked.bytes)).toBe(true);
    }
  });
});
