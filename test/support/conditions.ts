import type { Json } from '../../workflows/contract/call.ts';
import { compileCondition } from '../../gateway/policy/conditions/compile.ts';
import type { Condition, ConditionProblem, Finding } from '../../gateway/policy/conditions/condition.ts';
import type { JudgeInput } from '../../gateway/policy/judge-input.ts';
import type { Decision } from '../../gateway/config/rule-schema.ts';

/** A call of a tool, with what a test says about it. */
export function callWith(part: Partial<JudgeInput> = {}): JudgeInput {
  return {
    connection: 'prod-db',
    method: 'tools/call',
    tool: 'query',
    caller: { issuer: 'https://issuer.example', subject: 'ada', groups: ['sre', 'dba'], actors: [] },
    args: {},
    at: new Date('2026-11-24T18:30:00Z'),
    ...part,
  };
}

/** The condition of a rule; fails the test for one that is not sound. */
export function conditionOf(when: string, decision: Decision = 'block'): Condition {
  const compiled = compileCondition(when, { decision, reading: decision === 'allow' ? 'exact' : 'generous' });
  if ('condition' in compiled) return compiled.condition;
  throw new Error(`${when} is not sound: ${compiled.problems.map(({ message }) => message).join('; ')}`);
}

/** What is wrong with it; empty for one that is sound. */
export function problemsOf(when: string, decision: Decision = 'block'): readonly ConditionProblem[] {
  const compiled = compileCondition(when, { decision, reading: decision === 'allow' ? 'exact' : 'generous' });
  return 'problems' in compiled ? compiled.problems : [];
}

export function judgeArguments(when: string, args: Json | undefined, decision: Decision = 'block'): Finding {
  return conditionOf(when, decision).judge(callWith({ args }));
}
