import { describe, expect, test } from 'vitest';
import { ruleSchema, type RuleFile } from '../../../../gateway/config/rule-schema.ts';
import { atLeastHold, judge } from '../../../../gateway/policy/judge.ts';
import type { JudgeInput } from '../../../../gateway/policy/judge-input.ts';
import { prospectOf } from '../../../../gateway/policy/prospect.ts';
import { compileRule, type ApprovalNeed, type Policy } from '../../../../gateway/policy/rule.ts';
import { judgeMessage } from '../../../../gateway/policy/targets.ts';
import { ruleFacts, shadowFacts } from '../../../../gateway/record/rule-facts.ts';

const need: ApprovalNeed = { groups: [], quorum: 1, expiresAfterMs: 1, grantTtlMs: 1 };

function policyOf(rules: Partial<RuleFile>[], more: Partial<Policy> = {}): Policy {
  return {
    rules: rules.map((rule, index) =>
      compileRule(ruleSchema.parse({ id: `r${index}`, decision: 'allow', ...rule }), undefined),
    ),
    defaultDecision: 'block',
    defaultApproval: undefined,
    ...more,
  };
}

const caller = { issuer: 'i', subject: 's', groups: [], actors: [] };
const call: JudgeInput = { connection: 'ops', method: 'tools/call', tool: 'x', caller, args: {}, at: new Date(0) };
const shadow = { mode: 'shadow' } as const;

describe('a rule in shadow mode', () => {
  test('is told of and decides nothing', () => {
    const policy = policyOf([{}, { ...shadow, decision: 'block' }, { ...shadow, decision: 'require_approval' }]);
    expect(judge(policy, call)).toEqual({
      verdict: 'allow',
      ruleIds: ['r0'],
      shadow: [
        { ruleId: 'r1', decision: 'block' },
        { ruleId: 'r2', decision: 'require_approval' },
      ],
    });
  });

  test('that would allow leaves a call to the default', () => {
    const rules = [{ ...shadow }];
    expect(judge(policyOf(rules), call)).toMatchObject({ verdict: 'block', ruleIds: [] });
    const held = policyOf(rules, { defaultDecision: 'require_approval', defaultApproval: need });
    expect(judge(held, call)).toMatchObject({ verdict: 'hold', ruleIds: [], shadow: [{ ruleId: 'r0' }] });
  });

  test('is not told of a call that it does not fit', () => {
    expect(judge(policyOf([{}, { ...shadow, match: { tool: 'y' } }]), call)).toEqual({
      verdict: 'allow',
      ruleIds: ['r0'],
    });
  });

  test('is still told of when the gateway itself holds the call, or cannot have it approved', () => {
    const policy = policyOf([{}, { ...shadow, decision: 'block' }]);
    const seen = { shadow: [{ ruleId: 'r1', decision: 'block' }] };
    expect(atLeastHold(policy, judge(policy, call), 'id', 'Why.')).toMatchObject({ verdict: 'block', ...seen });
    const approvable = { ...policy, defaultApproval: need };
    expect(atLeastHold(approvable, judge(policy, call), 'id', 'Why.')).toMatchObject({ verdict: 'hold', ...seen });
  });

  test('is told of in what a completion and a subscription reach', () => {
    const policy = policyOf([{}, { ...shadow, decision: 'block', match: { prompt: 'x' } }]);
    const completion = { ...call, method: 'completion/complete' };
    expect(judgeMessage(policy, completion, undefined)).toMatchObject({
      verdict: 'allow',
      shadow: [{ ruleId: 'r1', decision: 'block' }],
    });
    const watched = policyOf([{}, { ...shadow, decision: 'block', match: { uri: 'file:///b' } }]);
    const params = { notifications: { resourceSubscriptions: ['file:///a', 'file:///b', 'file:///b'] } };
    const { tool: _unused, ...listen } = { ...call, method: 'subscriptions/listen' };
    expect(judgeMessage(watched, listen, params)).toMatchObject({ shadow: [{ ruleId: 'r1', decision: 'block' }] });
  });

  test('hides no field and asks for no purpose, and is told of beside a rule that does', () => {
    const asks: Partial<RuleFile> = { purpose: 'required', mask: { fields: ['ssn'] } };
    expect(judgeMessage(policyOf([{}, { ...shadow, ...asks }]), call, undefined)).toEqual({
      verdict: 'allow',
      ruleIds: ['r0'],
      shadow: [{ ruleId: 'r1', decision: 'allow' }],
    });
    const refused = policyOf([{ purpose: 'required' }, { ...shadow, decision: 'block' }]);
    expect(judgeMessage(refused, call, undefined)).toMatchObject({
      verdict: 'block',
      lacks: {},
      shadow: [{ ruleId: 'r1', decision: 'block' }],
    });
  });

  test('hides nothing from a list, and shows nothing there', () => {
    const { args: _args, at: _at, ...offered } = call;
    expect(prospectOf(policyOf([{}, { ...shadow, decision: 'block' }]), offered)).toBe('allowed');
    expect(prospectOf(policyOf([{ ...shadow }]), offered)).toBe('never');
  });

  test('stands in the record of the call', () => {
    const judgement = judge(policyOf([{}, { ...shadow, decision: 'block' }]), call);
    expect(shadowFacts(judgement)).toEqual({ shadow: [{ ruleId: 'r1', decision: 'block' }] });
    expect(shadowFacts(judge(policyOf([{}]), call))).toEqual({});
    const many = Array.from({ length: 300 }, () => ({ ...shadow, decision: 'block' as const }));
    const told = shadowFacts(judge(policyOf(many), call));
    expect(told).toMatchObject({
      moreShadow: true,
      shadow: expect.arrayContaining([{ ruleId: 'r0', decision: 'block' }]),
    });
    expect(JSON.stringify(told).length).toBeLessThan(2_200);
  });
});

describe('the rules that decided a call', () => {
  test('stand in its record as far as an entry has room', () => {
    const ids = Array.from({ length: 600 }, (_unused, index) => `team-payments-production-rule-${index}`);
    const told = ruleFacts({ verdict: 'allow', ruleIds: ids });
    expect(told).toMatchObject({ moreRules: true });
    expect(JSON.stringify(told).length).toBeLessThan(4_300);
    expect(ruleFacts({ verdict: 'allow', ruleIds: ids.slice(0, 3) })).toEqual({ ruleIds: ids.slice(0, 3) });
    expect(shadowFacts({ verdict: 'own', ruleIds: [] })).toEqual({});
  });
});
