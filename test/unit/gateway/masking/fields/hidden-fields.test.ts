import { describe, expect, test } from 'vitest';
import type { JudgedCall } from '../../../../../gateway/call.ts';
import { loadConfig } from '../../../../../gateway/config/load.ts';
import { hiddenFields } from '../../../../../gateway/masking/fields/hidden-fields.ts';
import type { Purpose } from '../../../../../gateway/policy/judge-input.ts';

const text = `
version: 1
publicUrl: http://127.0.0.1:1
purposes: { review: { description: yearly } }
dataClasses:
  personal: { fields: [salary], seenBy: { groups: [hr] }, otherwise: mask }
  pay: { fields: [iban], seenBy: { groups: [hr] }, purposes: [review], otherwise: mask }
connections:
  - name: people
    upstream: { url: 'http://127.0.0.1:2' }
    tools: { read: { data: [personal] }, pay: { data: [pay] } }
`;
const config = loadConfig(['package.json'], { env: {}, loopback: true, detectorsDigest: 'd', readFile: () => text });

function hidden(method: string, final: boolean, judgement: object, groups: string[] = [], purpose?: Purpose) {
  const caller = { issuer: 'i', subject: 's', groups, actors: [] };
  const call = {
    connection: { name: 'people' },
    caller,
    method,
    judgement,
    ...(purpose === undefined ? {} : { purpose }),
  };
  const fields = hiddenFields(
    () => config,
    call as unknown as JudgedCall,
    final,
    () => undefined,
  );
  return ['salary', 'iban', 'born'].filter((name) => fields?.fits(name) === true);
}
const allow = { verdict: 'allow', ruleIds: [] };

describe('the fields that a caller may not see', () => {
  test('in an answer are those that its call was judged to lose', () => {
    expect(hidden('tools/call', true, { ...allow, masks: ['born'] })).toEqual(['born']);
    expect(hidden('tools/call', true, allow)).toEqual([]);
  });

  test('in what comes before it are those of any call, for it may belong to another one of the session', () => {
    expect(hidden('tools/call', false, { ...allow, masks: ['born'] })).toEqual(['salary', 'iban', 'born']);
    expect(hidden('tools/list', false, allow)).toEqual(['salary', 'iban']);
    expect(hidden('tools/call', false, allow, ['hr'])).toEqual(['iban']);
    const review: Purpose = { code: 'review', text: 'x', source: 'meta', claimedBy: 'agent' };
    expect(hidden('tools/call', false, allow, ['hr'], review)).toEqual([]);
  });

  test('in the result of a task and on a stream of notifications are those of any call', () => {
    expect(hidden('tasks/get', true, { verdict: 'own', ruleIds: [] })).toEqual(['salary', 'iban']);
    expect(hidden('subscriptions/listen', true, allow)).toEqual(['salary', 'iban']);
  });

  test('are none in a list or a handshake', () => {
    expect(hidden('tools/list', true, allow)).toEqual([]);
    expect(hidden('initialize', true, allow)).toEqual([]);
  });
});
