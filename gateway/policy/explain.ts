import type { Judgement } from './judge.ts';
import type { JudgeInput } from './judge-input.ts';
import { isHousekeeping } from './methods.ts';
import type { Policy, Rule } from './rule.ts';
import { judgeMessage } from './targets.ts';

export interface RuleExplanation {
  readonly id: string;
  readonly decision: Rule['decision'];
  /** What fitted, clause by clause, up to what did not. Holds no value of an argument. */
  readonly fitting: readonly string[];
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
  return { judgement, rules: policy.rules.map((rule) => explainRule(rule, input)) };
}

/** PURE. */
export function explainRule({ id, decision, matchers }: Rule, input: JudgeInput): RuleExplanation {
  const fitting: string[] = [];
  for (const matcher of matchers) {
    const fits = matcher.fits(input);
    const says = matcher.says(input, fits);
    if (!fits) return { id, decision, fitting, mismatch: says };
    fitting.push(says);
  }
  return { id, decision, fitting };
}
