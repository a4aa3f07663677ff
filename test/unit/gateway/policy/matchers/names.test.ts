import { describe, expect, test } from 'vitest';
import { ruleSchema } from '../../../../../gateway/config/rule-schema.ts';
import { explainRule } from '../../../../../gateway/policy/explain.ts';
import { judge } from '../../../../../gateway/policy/judge.ts';
import type { JudgeInput } from '../../../../../gateway/policy/judge-input.ts';
import { mayEver } from '../../../../../gateway/policy/prospect.ts';
import type { Decision } from '../../../../../gateway/config/rule-schema.ts';
import { applies, compileRule, type Policy } from '../../../../../gateway/policy/rule.ts';
import { judgeMessage } from '../../../../../gateway/policy/targets.ts';

const rule = (decision: Decision, match: object) =>
  compileRule(ruleSchema.parse({ id: 'r', decision, match }), undefined);
const policyOf = (...rules: Policy['rules']): Policy => ({
  rules,
  defaultDecision: 'block',
  defaultApproval: undefined,
});
const caller = { issuer: 'i', subject: 's', groups: [], actors: [] };
const call = (method: string, more: Partial<JudgeInput> = {}): JudgeInput => ({
  connection: 'ops',
  method,
  caller,
  args: undefined,
  at: new Date(0),
  ...more,
});

describe('a rule about prompts', () => {
  const prompts = rule('allow', { prompt: 'hello|bye*' });

  test('speaks of getting and completing them, and never of a tool of the same name', () => {
    const policy = policyOf(prompts);
    expect(judge(policy, call('prompts/get', { tool: 'hello' })).verdict).toBe('allow');
    expect(judge(policy, call('prompts/get', { tool: 'other' })).verdict).toBe('block');
    expect(judge(policy, call('tools/call', { tool: 'hello' })).verdict).toBe('block');
    expect(judgeMessage(policy, call('completion/complete', { tool: 'bye-bye' }), undefined).verdict).toBe('allow');
    expect(judgeMessage(policy, call('completion/complete', { tool: 'other' }), undefined).verdict).toBe('block');
    expect(applies(rule('block', { method: '*', prompt: 'hello' }), call('tools/call', { tool: 'hello' }))).toBe(false);
  });

  test('shows and hides them on a list', () => {
    const offered = { connection: 'ops', method: 'prompts/get', caller };
    expect(mayEver(policyOf(prompts), { ...offered, tool: 'hello' })).toBe(true);
    expect(mayEver(policyOf(prompts), { ...offered, tool: 'other' })).toBe(false);
    expect(mayEver(policyOf(prompts, rule('block', { prompt: 'HELLO' })), { ...offered, tool: 'hello' })).toBe(false);
  });
});

describe('what is told of a resource', () => {
  const told = (decision: Decision, uri: string | undefined) => {
    const { fitting, mismatch } = explainRule(
      rule(decision, { method: 'resources/read', uri: 'file:///srv/*' }),
      call('resources/read', uri === undefined ? {} : { uri }),
    );
    return mismatch ?? fitting.at(-1);
  };

  test('is whether it fits, and when that cannot be said', () => {
    const disguised = 'the uri cannot be compared: it has `..`, `//` or needless `%xx` in it';
    expect(told('allow', 'file:///srv/a')).toBe('the uri fits file:///srv/*');
    expect(told('allow', 'file:///etc/a')).toBe('the uri does not fit file:///srv/*');
    expect(told('allow', undefined)).toBe('the call names no uri');
    expect([told('allow', 'file:///srv/../a'), told('block', 'file:///srv/../a')]).toEqual([disguised, disguised]);
  });
});

describe('whether somebody acts for the caller', () => {
  test.each([
    [true, [], false],
    [true, ['agent'], true],
    [false, [], true],
    [false, ['agent', 'planner'], false],
  ])('delegated: %s, by %j', (delegated, actors, fits) => {
    const asked = call('tools/call', { tool: 'x', caller: { ...caller, actors } });
    for (const decision of ['allow', 'block'] as const) {
      expect(applies(rule(decision, { delegated }), asked)).toBe(fits);
    }
  });
});
