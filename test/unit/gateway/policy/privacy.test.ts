import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { explain } from '../../../../gateway/policy/explain.ts';
import type { JudgeInput, Purpose } from '../../../../gateway/policy/judge-input.ts';
import { atLeastHold } from '../../../../gateway/policy/judge.ts';
import { isPersonal, widestMasks } from '../../../../gateway/policy/privacy.ts';
import { prospectOf } from '../../../../gateway/policy/prospect.ts';
import { judgeMessage } from '../../../../gateway/policy/targets.ts';

const text = `
version: 1
publicUrl: http://127.0.0.1:1
approvers: { sre: { members: [a@example.com] } }
defaults: { approval: { groups: [sre] } }
connections:
  - name: people
    upstream: { url: 'http://127.0.0.1:2/mcp' }
    data: [personal]
    tools: { 'pay*': { data: [pay] }, payslip: { timeout: 5s }, fire: { data: [secret] } }
  - name: plain
    upstream: { url: 'http://127.0.0.1:2/mcp' }
  - name: asked
    upstream: { url: 'http://127.0.0.1:2/mcp' }
purposes:
  incident: { description: broken, ticket: INC-* }
  review: { description: yearly }
dataClasses:
  personal: { fields: [born, salary], seenBy: { groups: [hr, audit-*] }, otherwise: mask }
  pay: { fields: [iban], seenBy: { groups: [hr] }, purposes: [review], otherwise: mask }
  secret: { seenBy: { groups: [hr] }, purposes: [review], otherwise: block }
rules:
  - { id: open, decision: allow }
  - { id: hides, match: { connection: plain, args: { /all: true } }, decision: allow, mask: { fields: [token, born] } }
  - { id: hides-too, match: { connection: plain, claims: { groups: guests } }, decision: allow, mask: { fields: [cost] } }
  - { id: says-why, match: { connection: asked, tool: any|both }, decision: allow, purpose: required, reason: It is dear. }
  - { id: says-code, match: { connection: asked, tool: code|both }, decision: require_approval, purpose: { codes: [incident] } }
  - { id: says-other, match: { connection: asked, tool: never }, decision: allow, purpose: { codes: [incident] } }
  - { id: says-another, match: { connection: asked, tool: never }, decision: allow, purpose: { codes: [review] } }
  - { id: no-review, match: { connection: asked, purpose: { codes: [review] } }, decision: block }
  - { id: no-silence, match: { connection: asked, tool: loud, purpose: { given: false } }, decision: block }
`;
const { policy } = loadConfig(['package.json'], {
  env: {},
  loopback: true,
  detectorsDigest: 'd',
  readFile: () => text,
});

const because = (code?: string): Purpose => ({
  text: 'because',
  source: 'meta',
  claimedBy: 'agent',
  ...(code === undefined ? {} : { code }),
});
function call(connection: string, tool: string, groups: string[] = [], changes: Partial<JudgeInput> = {}): JudgeInput {
  const caller = { issuer: 'i', subject: 's', groups, actors: [] };
  return { connection, method: 'tools/call', tool, caller, args: {}, at: new Date(0), ...changes };
}
const judged = (input: JudgeInput) => judgeMessage(policy, input, undefined);

describe('a data class', () => {
  test('hides its fields from whoever is in none of its groups', () => {
    expect(judged(call('people', 'read'))).toEqual({ verdict: 'allow', ruleIds: ['open'], masks: ['born', 'salary'] });
    for (const group of ['hr', 'audit-eu']) {
      expect(judged(call('people', 'read', [group]))).toEqual({ verdict: 'allow', ruleIds: ['open'] });
    }
    expect(judged(call('people', 'read', ['HR']))).toHaveProperty('masks');
  });

  test('of a tool comes in addition, by every name that fits, however it is spelled', () => {
    for (const tool of ['payslip', 'PaySlip', 'payments']) {
      expect(judged(call('people', tool))).toMatchObject({ masks: ['born', 'iban', 'salary'] });
    }
  });

  test('hides them also from those for whom the purpose is another', () => {
    const purpose = because('incident');
    expect(judged(call('people', 'payslip', ['hr'], { purpose }))).toMatchObject({ masks: ['iban'] });
    expect(judged(call('people', 'payslip', ['hr'], { purpose: because('review') }))).not.toHaveProperty('masks');
  });

  test('refuses others, and asks those who may see it what it is for', () => {
    expect(judged(call('people', 'fire'))).toEqual({
      verdict: 'block',
      ruleIds: ['countersign.data-class.secret'],
      reason: 'It returns secret data, which only members of hr may see.',
    });
    expect(judged(call('people', 'fire', ['hr']))).toMatchObject({ verdict: 'block', lacks: { codes: ['review'] } });
    expect(judged(call('people', 'fire', ['hr'], { purpose: because('review') })).verdict).toBe('allow');
  });

  test('that refuses a call is told among the rules', () => {
    const told = explain(policy, call('people', 'fire')).rules.filter(({ id }) => id.startsWith('countersign.'));
    expect(told).toEqual([
      {
        id: 'countersign.data-class.secret',
        decision: 'block',
        fitting: ['the answer holds secret data, which its caller may not see, or not for this purpose'],
      },
    ]);
    expect(JSON.stringify(explain(policy, call('people', 'read')))).not.toContain('countersign.');
  });

  test('holds for resources and prompts of its connection, and for the result of any task', () => {
    expect(judged(call('people', 'x', [], { method: 'resources/read', uri: 'a:b' }))).toHaveProperty('masks');
    expect(judged(call('people', 'x', [], { method: 'tasks/result' }))).toMatchObject({
      masks: ['born', 'iban', 'salary'],
    });
  });

  test('does not touch what lists and handshakes say', () => {
    for (const method of ['tools/list', 'initialize']) {
      expect(judged(call('people', 'x', [], { method }))).toEqual({ verdict: 'allow', ruleIds: [] });
    }
  });

  test('goes with a call that is held for another reason', () => {
    const held = atLeastHold(policy, judged(call('people', 'read')), 'countersign.tool-changed', 'It changed.');
    expect(held).toMatchObject({ verdict: 'hold', masks: ['born', 'salary'] });
  });
});

describe('a tool that returns what a caller may never see', () => {
  test('is on no list of that caller, and on those of others', () => {
    const prospect = (groups: string[]) => prospectOf(policy, call('people', 'fire', groups));
    expect([prospect([]), prospect(['hr'])]).toEqual(['never', 'allowed']);
  });
});

describe('a mask of a rule', () => {
  test('adds to those of other rules, and only where the rule applies', () => {
    expect(judged(call('plain', 'x'))).not.toHaveProperty('masks');
    const all = { args: { all: true } };
    expect(judged(call('plain', 'x', [], all))).toMatchObject({ masks: ['born', 'token'] });
    expect(judged(call('plain', 'x', ['guests'], all))).toMatchObject({ masks: ['born', 'cost', 'token'] });
  });
});

describe('what belongs to no call', () => {
  test('loses all that any call of this caller could lose', () => {
    const who = (connection: string, groups: string[]) => {
      const { caller } = call(connection, 'x', groups);
      return widestMasks(policy, { connection, caller });
    };
    expect(who('plain', [])).toEqual(['born', 'token']);
    expect(who('plain', ['guests'])).toEqual(['born', 'cost', 'token']);
    expect(who('people', [])).toEqual(['born', 'iban', 'salary']);
    expect(who('people', ['hr'])).toEqual(['iban']);
    expect(who('asked', [])).toEqual([]);
  });

  test('is shared by no cache where callers differ in what they see', () => {
    expect(['people', 'plain', 'asked'].map((name) => isPersonal(policy, name))).toEqual([true, true, false]);
  });
});

describe('a required purpose', () => {
  test('that is missing has the call refused with what is wanted, before anybody is asked', () => {
    expect(judged(call('asked', 'any'))).toEqual({
      verdict: 'block',
      ruleIds: ['says-why'],
      reason: 'It is dear. It does not say why.',
      lacks: {},
    });
    expect(judged(call('asked', 'code'))).toMatchObject({ verdict: 'block', lacks: { codes: ['incident'] } });
    expect(judged(call('asked', 'both'))).toMatchObject({
      ruleIds: ['says-code', 'says-why'],
      lacks: { codes: ['incident'] },
    });
  });

  test('that is given lets the call be judged as ever', () => {
    expect(judged(call('asked', 'any', [], { purpose: because() })).verdict).toBe('allow');
    expect(judged(call('asked', 'code', [], { purpose: because('incident') })).verdict).toBe('hold');
    expect(judged(call('asked', 'code', [], { purpose: because() }))).toMatchObject({ lacks: { codes: ['incident'] } });
  });

  test('is not asked for where no purpose would help, or where a rule blocks anyway', () => {
    const refused = judged(call('asked', 'never'));
    expect(refused).toMatchObject({ verdict: 'block', reason: expect.stringContaining('No purpose would satisfy') });
    expect(refused).not.toHaveProperty('lacks');
    expect(judged(call('asked', 'any', [], { purpose: because('review') }))).toMatchObject({ ruleIds: ['no-review'] });
  });

  test('hides no tool from a list', () => {
    expect(prospectOf(policy, call('asked', 'any'))).toBe('allowed');
  });
});

describe('a rule about purposes', () => {
  test('fits a code, or that none is given at all', () => {
    expect(judged(call('asked', 'loud')).verdict).toBe('block');
    expect(judged(call('asked', 'loud', [], { purpose: because() })).verdict).toBe('allow');
    expect(judged(call('asked', 'quiet', [], { purpose: because('review') })).verdict).toBe('block');
  });

  test('is explained by the code and never by the words', () => {
    const { rules } = explain(policy, call('asked', 'x', [], { purpose: { ...because('incident'), text: 'canary' } }));
    expect(rules.find(({ id }) => id === 'no-review')?.mismatch).toBe('the purpose is incident');
    expect(JSON.stringify(rules)).not.toContain('canary');
  });
});
