import type { Matcher, ForRule } from '../matchers/matcher.ts';
import { settle } from '../matchers/matcher.ts';
import type { JudgeInput } from '../judge-input.ts';
import { compileCondition } from './compile.ts';
import type { Condition, Finding } from './condition.ts';

/** `when`: an expression in CEL. Throws for one that is not sound, which the check of a configuration finds before. */
export function conditionMatchers(when: string | undefined, rule: ForRule): Matcher[] {
  if (when === undefined) return [];
  const compiled = compileCondition(when, rule);
  if ('problems' in compiled) throw new Error(`A condition is not sound: ${compiled.problems[0]?.message ?? ''}.`);
  const { condition } = compiled;
  const fits = (input: JudgeInput): boolean => {
    const finding = condition.judge(input);
    return settle(typeof finding === 'boolean' ? finding : undefined, rule);
  };
  return [{ name: 'when', needsCall: condition.needsCall, fits, says: (input) => says(condition, input) }];
}

/** What the author wrote, and whether it holds; never what the caller wrote. */
function says({ clauses }: Condition, input: JudgeInput): string {
  const told: string[] = [];
  for (const { text, judge } of clauses()) {
    const finding = judge(input);
    told.push(`${text} ${inWords(finding)}`);
    if (finding === false) break;
  }
  return told.join(', ');
}

function inWords(finding: Finding): string {
  if (finding === true) return 'holds';
  return finding === false ? 'does not hold' : `cannot be judged: ${finding}`;
}
