import { describe, expect, it } from 'vitest';
import { compileWords } from '../../../../gateway/masking/aho-corasick.ts';
import { fold } from '../../../../gateway/masking/fold.ts';
import { judgeName } from '../../../../gateway/masking/secret-names.ts';
import { uniteSpans } from '../../../../gateway/masking/spans.ts';
import { cardNumber, cpf, iban, jsonWebToken, socialSecurityNumber } from '../../../../gateway/masking/validators.ts';

describe('compileWords', () => {
  it('finds what a search for each word finds', () => {
    const words = ['he', 'she', 'his', 'hers', 's', 'É'];
    const text = 'uSHErs his é É hishe';
    const found: string[] = [];
    compileWords(words).scan(text, (word, end) => void found.push(`${words[word]}@${end}`));
    const expected = words.flatMap((word) => {
      const ends: string[] = [];
      for (let at = 0; at < text.length; at++) {
        const written = text.slice(at, at + word.length);
        if (written === word || (word !== 'É' && written.toLowerCase() === word))
          ends.push(`${word}@${at + word.length}`);
      }
      return ends;
    });
    expect(found.sort()).toEqual(expected.sort());
  });
});

describe('the validators', () => {
  it('accept real check digits and refuse their neighbours', () => {
    expect([cardNumber('4111111111111111'), cardNumber('4111111111111112'), cardNumber('9111111111111111')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([iban('GB82 WEST 1234 5698 7654 32'), iban('GB82 WEST 1234 5698 7654 33')]).toEqual([true, false]);
    expect([cpf('529.982.247-25'), cpf('529.982.247-26'), cpf('111.111.111-11')]).toEqual([true, false, false]);
    expect([socialSecurityNumber('536-22-8726'), socialSecurityNumber('666-22-8726')]).toEqual([true, false]);
    expect([jsonWebToken('eyJhbGciOiJIUzI1NiJ9.e30.x'), jsonWebToken('eyJhIjoxfQ.e30.x')]).toEqual([true, false]);
  });
});

describe('judgeName', () => {
  it.each([
    ['DB_PASSWORD', 'password'],
    ['githubPrivateKey', 'secret'],
    ['x-api-key', 'secret'],
    ['userpwd', undefined],
    ['authToken', 'secret'],
    ['token_count', undefined],
    ['tokenType', undefined],
    ['secretName', undefined],
    ['max_tokens', undefined],
    ['nextPageToken', undefined],
    ['publicKey', undefined],
    ['monkey', undefined],
    ['secretary', undefined],
  ] as const)('judges %s as %s', (name, strength) => {
    expect(judgeName(name)).toBe(strength);
  });
});

describe('uniteSpans', () => {
  it('covers everything found and takes the name of the highest', () => {
    const low = { start: 0, end: 6, entity: 'low', rule: 'low', priority: 1 };
    const high = { start: 4, end: 9, entity: 'high', rule: 'high', priority: 2 };
    expect(uniteSpans([high, low])).toEqual([{ ...high, start: 0 }]);
  });
});

describe('fold', () => {
  it('maps what is read back to what is written', () => {
    const text = 'a\u200bｂ\u00adﬁ';
    const folded = fold(text);
    expect(folded?.text).toBe('abfi');
    expect(folded?.starts).toEqual([0, 2, 4, 4]);
    expect(folded?.ends).toEqual([1, 3, 5, 5]);
    expect(fold('plain é')).toBeUndefined();
  });
});
