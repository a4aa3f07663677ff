import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../workflows/contract/call.ts';
import { purposeOf, readPurpose } from '../../../../gateway/purpose/read-purpose.ts';

const codes = {
  incident: { description: 'broken', ticket: ['INC-*', 'SEV?'] },
  review: { description: 'yearly' },
};
const call = (meta: Record<string, Json> = {}, header?: string) => ({
  params: { _meta: meta },
  headers: header === undefined ? {} : { 'evidence-reason': header },
});
const REASON = 'dev.countersign/reason';
const TICKET = 'dev.countersign/ticket';

describe('a purpose', () => {
  test('is read from _meta, then from the header, then from the argument', () => {
    expect(readPurpose(call({ [REASON]: 'a' }, 'b'), 'c', codes)).toMatchObject({ text: 'a', source: 'meta' });
    expect(readPurpose(call({}, 'b%20%C3%A9'), 'c', codes)).toMatchObject({ text: 'b é', source: 'header' });
    expect(readPurpose(call(), ' c ', codes)).toMatchObject({ text: 'c', source: 'argument', claimedBy: 'agent' });
    expect(readPurpose(call(), undefined, codes)).toBeUndefined();
  });

  test.each<[string, Json]>([
    ['a number', 5],
    ['blanks', ' \n '],
    ['nothing', ''],
    ['a text that is too long', 'x'.repeat(1_001)],
    ['half a character', '\ud800'],
  ])('of %s is none, and the next place is looked at', (_what, value) => {
    expect(readPurpose(call({ [REASON]: value }), 'c', codes)).toMatchObject({ source: 'argument' });
  });

  test.each(['%', '%ff', 'x'.repeat(513)])('in a header that cannot be read is none: %s', (header) => {
    expect(readPurpose(call({}, header), undefined, codes)).toBeUndefined();
  });

  test.each([
    ['incident: the queue grows', 'incident', 'the queue grows'],
    ['INCIDENT :the queue', 'incident', 'the queue'],
    ['review', 'review', 'review'],
    ['review:', 'review', 'review:'],
    ['reviewing: all of it', undefined, 'reviewing: all of it'],
    ['constructor: a trick', undefined, 'constructor: a trick'],
    ['INC-42', 'incident', 'INC-42'],
    ['look at INC-42', undefined, 'look at INC-42'],
  ])('%j has the code %s', (reason, code, text) => {
    const purpose = purposeOf({ reason }, 'meta', codes);
    expect(purpose?.code).toBe(code);
    expect(purpose?.text).toBe(text);
  });

  test('may be a ticket, or have one', () => {
    expect(readPurpose(call({ [TICKET]: 'SEV1' }), undefined, codes)).toEqual({
      code: 'incident',
      text: 'SEV1',
      ticket: 'SEV1',
      source: 'meta',
      claimedBy: 'agent',
    });
    expect(readPurpose(call({ [TICKET]: 'INC-1', [REASON]: 'review: both' }), undefined, codes)).toMatchObject({
      code: 'review',
      ticket: 'INC-1',
    });
  });

  test('is a statement only when a person made it', () => {
    expect(purposeOf({ reason: 'x', code: 'review' }, 'elicitation', codes)).toMatchObject({
      claimedBy: 'human',
      code: 'review',
    });
    expect(purposeOf({ reason: 'x', code: 'toString' }, 'elicitation', codes)).not.toHaveProperty('code');
  });
});
