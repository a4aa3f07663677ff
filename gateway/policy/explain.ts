import type { RuleExplanation } from '../../workflows/contract/explanation.ts';
import type { Judgement } from './judge.ts';
import type { JudgeInput } from './judge-input.ts';
import type { Matcher } from './matchers/matcher.ts';
import { isHousekeeping } from './methods.ts';
import { explainDefault, explainOwnReason, judgeAsked, ownReasons, type OwnReason } from './own-rules.ts';
import { explainClasses } from './privacy.ts';
import type { Policy, Rule } from './rule.ts';
import { rulesFor } from './rule-index.ts';

export interface Explanation {
  readonly judgement: Judgement;
  /**
   * Every rule, in the order of the policy, and what the gateway itself or the default had to say; none for the
   * protocol's housekeeping, of which no rule is asked.
   */
  readonly rules: readonly RuleExplanation[];
}

/** PURE. The judgement of a call to a tool whose definition is accepted, and what each rule had to do with it. */
export function explain(policy: Policy, input: JudgeInput): Explanation {
  const judgement = judgeAsked(policy, input);
  if (isHousekeeping(input.method)) return { judgement, rules: [] };
  const rules = policy.rules.map((rule) => explainRule(rule, input));
  const decided = rules.some((rule) => isApplied(rule) && rule.mode === undefined);
  const own = [...ownReasons(input, false).map(explainOwnReason), ...explainClasses(judgement)];
  return { judgement, rules: [...rules, ...(decided ? [] : [explainDefault(policy)]), ...own] };
}

/** PURE. */
export function explainRule({ id, decision, shadow, matchers }: Rule, input: JudgeInput): RuleExplanation {
  const rule = shadow ? ({ id, decision, mode: 'shadow' } as const) : { id, decision };
  const fitting: string[] = [];
  for (const matcher of matchers) {
    const fits = matcher.fits(input);
    const says = matcher.says(input, fits);
    if (!fits) return { ...rule, fitting, mismatch: says };
    if (says !== '') fitting.push(says);
  }
  return { ...rule, fitting };
}

/** What of a long policy an approver reads, and Temporal's history keeps. */
const applyingMax = 12;
const nearMissesMax = 3;
const clausesMax = 12;
const clauseCharsMax = 200;
const charsMax = 4_096;

/**
 * PURE. Why a call is held: the rules that apply, the strictest first, and a few that nearly do. Bounded, since it goes
 * where the approval goes; the ids of all rules that hold the call stand beside it.
 */
export function explainHold(policy: Policy, input: JudgeInput, reasons: readonly OwnReason[]): RuleExplanation[] {
  const applying: Rule[] = [];
  const nearMisses: Rule[] = [];
  // A rule that speaks of other callers, tools or connections is no near miss.
  for (const rule of rulesFor(policy.rules, input)) {
    const unfit = firstUnfit(rule, input);
    if (unfit.length === 0) applying.push(rule);
    else if (!rule.shadow && unfit.length === 1 && !unfit.some((matcher) => isElsewhere(matcher, input))) {
      nearMisses.push(rule);
    }
  }
  const decided = applying.some(({ shadow }) => !shadow);
  const shown = [
    ...applying.toSorted(byStrictness).slice(0, applyingMax),
    ...nearMisses.toSorted(byStrictness).slice(0, nearMissesMax),
  ];
  return bounded([
    ...(decided ? [] : [explainDefault(policy)]),
    ...reasons.map(explainOwnReason),
    ...shown.map((rule) => explainRule(rule, input)),
  ]);
}

function isApplied({ mismatch }: RuleExplanation): boolean {
  return mismatch === undefined;
}

const names = new Set(['connection', 'method', 'tool', 'prompt', 'uri']);

/** What a rule speaks of is another tool or resource, or a command where there is none. */
function isElsewhere({ name, isTold }: Matcher, { command }: JudgeInput): boolean {
  return names.has(name) || (isTold === true && command === undefined);
}

/** Two at most. */
function firstUnfit({ matchers }: Rule, input: JudgeInput): readonly Matcher[] {
  const unfit: Matcher[] = [];
  for (const matcher of matchers) {
    if (matcher.fits(input)) continue;
    unfit.push(matcher);
    if (unfit.length > 1) break;
  }
  return unfit;
}

const strictness = { block: 0, require_approval: 1, allow: 2 } as const;

/** What decides comes before what is only watched; then the one that asks for more, then by id. */
function byStrictness(a: Rule, b: Rule): number {
  const order =
    Number(a.shadow) - Number(b.shadow) ||
    strictness[a.decision] - strictness[b.decision] ||
    b.matchers.length - a.matchers.length;
  return order === 0 ? (a.id < b.id ? -1 : 1) : order;
}

function bounded(rules: readonly RuleExplanation[]): RuleExplanation[] {
  const kept: RuleExplanation[] = [];
  let chars = 0;
  for (const { fitting, mismatch, ...rule } of rules) {
    const short: RuleExplanation = {
      ...rule,
      fitting: fitting.slice(0, clausesMax).map(cut),
      ...(mismatch === undefined ? {} : { mismatch: cut(mismatch) }),
    };
    chars += JSON.stringify(short).length;
    if (chars > charsMax) break;
    kept.push(short);
  }
  return kept;
}

function cut(clause: string): string {
  if (clause.length <= clauseCharsMax) return clause;
  // Half a surrogate pair is no text that the ledger takes.
  return `${clause.slice(0, clauseCharsMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
