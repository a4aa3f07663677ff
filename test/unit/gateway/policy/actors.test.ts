import { describe, expect, test } from 'vitest';
import { ruleSchema, type RuleFile } from '../../../../gateway/config/rule-schema.ts';
import { judge } from '../../../../gateway/policy/judge.ts';
import { compileRule } from '../../../../gateway/policy/rule.ts';

/** What becomes of a call by these actors, the present one first, under one rule beside a default that opposes it. */
function verdict(decision: RuleFile['decision'], ...actors: string[]) {
  const rule = ruleSchema.parse({ id: 'r', decision, match: { claims: { actors: 'agent-*' } } });
  const policy = {
    rules: [compileRule(rule, undefined)],
    defaultDecision: decision === 'allow' ? ('block' as const) : ('allow' as const),
    defaultApproval: undefined,
  };
  const caller = { issuer: 'i', subject: 's', groups: [], actors };
  return judge(policy, { connection: 'ops', method: 'tools/call', tool: 'x', caller, args: undefined, at: new Date(0) })
    .verdict;
}

describe('of those who act for a caller', () => {
  test('only the present one can be the reason to allow a call', () => {
    expect([verdict('allow', 'agent-1', 'planner'), verdict('allow', 'planner', 'agent-1')]).toEqual([
      'allow',
      'block',
    ]);
  });

  test('each can be the reason to block one', () => {
    expect([verdict('block', 'agent-1'), verdict('block', 'planner', 'agent-1'), verdict('block', 'planner')]).toEqual([
      'block',
      'block',
      'allow',
    ]);
  });
});
