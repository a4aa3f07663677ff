import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { KnownCall } from '../../../../gateway/call.ts';
import { actionDigest, actionOf, joinKey, type Action } from '../../../../gateway/hold/action-digest.ts';

const action: Action = {
  connection: 'ops',
  method: 'tools/call',
  tool: 'apply_config',
  toolDefinitionDigest: 'd',
  caller: { issuer: 'https://issuer.test', subject: 'ci' },
  canonicalArguments: '{"key":"a"}',
  brought: null,
  policyDigest: 'p',
};
const nonce = Buffer.alloc(16, 1);
const key = createSecretKey(Buffer.alloc(32, 2));

describe('an action', () => {
  test.each(Object.keys(action) as (keyof Action)[])('with another %s has another digest and another case', (field) => {
    const other = { ...action, [field]: field === 'caller' ? { issuer: 'x', subject: 'ci' } : 'other' };
    expect(actionDigest(other, nonce)).not.toBe(actionDigest(action, nonce));
    expect(joinKey(other, key)).not.toBe(joinKey(action, key));
  });

  test('cannot be guessed from its digest without the nonce, nor from its join key without the key', () => {
    expect(actionDigest(action, Buffer.alloc(16, 9))).not.toBe(actionDigest(action, nonce));
    expect(joinKey(action, createSecretKey(Buffer.alloc(32, 9)))).not.toBe(joinKey(action, key));
  });

  test('is another one with other answers to its server or another state of it, and the same with a state of ours', () => {
    const broughtBy = (params: object) =>
      actionOf({ era: 'modern', connection: {}, caller: {}, params } as unknown as KnownCall, 'p').brought;
    const plain = broughtBy({ name: 'apply_config' });
    const answers = { name: { action: 'accept', content: { name: 'a' } } };
    expect(broughtBy({ inputResponses: answers })).not.toEqual(plain);
    expect(broughtBy({ inputResponses: answers, requestState: 'theirs' })).not.toEqual(
      broughtBy({ inputResponses: answers }),
    );
    expect(broughtBy({ inputResponses: answers, requestState: 'countersign.1.ours' })).toEqual(plain);
  });
});
