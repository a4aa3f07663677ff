import type { Judgement } from './judge.ts';
import { firstMismatch, type JudgeInput } from './match.ts';
import { isHousekeeping } from './methods.ts';
import type { Policy, Rule } from './rule.ts';
import { judgeMessage } from './targets.ts';

export interface RuleExplanation {
  readonly id: string;
  readonly decision: Rule['decision'];
  /** Why the rule does not apply, as a clause; absent when it does. Holds no value of an argument. */
  readonly mismatch?: string;
}

export interface Explanation {
  readonly judgement: Judgement;
  /** Every rule, in the order of the policy; none for the protocol's housekeeping, of which no rule is asked. */
  readonly rules: readonly RuleExplanation[];
}

/** PURE. The judgement of a call, and what each rule had to do with it. */
export function explain(policy: Policy, input: JudgeInput): Explanation {
  const judgement = judgeMessage(policy, input, undefined);
  if (isHousekeeping(input.method)) return { judgement, rules: [] };
  const rules = policy.rules.map((rule) => {
    const mismatch = firstMismatch(rule, input);
    return { id: rule.id, decision: rule.decision, ...(mismatch === undefined ? {} : { mismatch }) };
  });
  return { judgement, rules };
}
