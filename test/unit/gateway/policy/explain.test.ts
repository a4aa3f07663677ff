import { describe, expect, test } from 'vitest';
import { ruleSchema } from '../../../../gateway/config/rule-schema.ts';
import { explain } from '../../../../gateway/policy/explain.ts';
import type { JudgeInput } from '../../../../gateway/policy/judge-input.ts';
import { compileRule, type Policy } from '../../../../gateway/policy/rule.ts';

const rule = (id: string, decision: string, match: object) =>
  compileRule(ruleSchema.parse({ id, decision, match }), undefined);
const policy: Policy = {
  rules: [
    rule('open', 'allow', { connection: 'ops' }),
    rule('elsewhere', 'block', { connection: 'files' }),
    rule('other-tool', 'block', { tool: 'get_config' }),
    rule('others', 'block', { claims: { groups: 'contractors' } }),
    rule('drops', 'block', { args: { '/sql': 'drop*' } }),
    rule('forced', 'block', { args: { '/force': true } }),
  ],
  defaultDecision: 'block',
  defaultApproval: undefined,
};
const call: JudgeInput = {
  connection: 'ops',
  method: 'tools/call',
  tool: 'run_sql',
  caller: { issuer: 'i', subject: 's', groups: ['deployers'], actors: [] },
  args: { sql: 'canary' },
  at: new Date(0),
};

describe('an explanation', () => {
  test('names for each rule what does not fit, and no value of an argument', () => {
    const { judgement, rules } = explain(policy, call);
    expect(judgement).toEqual({ verdict: 'allow', ruleIds: ['open'] });
    expect(rules.map(({ id, mismatch }) => [id, mismatch])).toEqual([
      ['open', undefined],
      ['elsewhere', 'the connection is ops'],
      ['other-tool', 'the tool is run_sql'],
      ['others', 'claim groups does not fit'],
      ['drops', 'argument /sql does not fit'],
      ['forced', 'argument /force is absent'],
    ]);
    expect(JSON.stringify(rules)).not.toContain('canary');
  });

  test('asks no rule about the housekeeping of the protocol', () => {
    expect(explain(policy, { ...call, method: 'tools/list' })).toEqual({
      judgement: { verdict: 'allow', ruleIds: [] },
      rules: [],
    });
  });
});
