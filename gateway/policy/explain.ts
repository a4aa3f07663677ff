import type { RuleExplanation } from '../../workflows/contract/explanation.ts';
import type { Judgement } from './judge.ts';
import type { JudgeInput } from './judge-input.ts';
import { isHousekeeping } from './methods.ts';
import { explainDefault, explainOwnReason, judgeAsked, ownReasons, type OwnReason } from './own-rules.ts';
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
  return { judgement, rules: [...rules, ...explainOwn(policy, rules, ownReasons(input, false))] };
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

function explainOwn(policy: Policy, rules: readonly RuleExplanation[], reasons: readonly OwnReason[]) {
  const decided = rules.some((rule) => isApplied(rule) && rule.mode === undefined);
  return [...(decided ? [] : [explainDefault(policy)]), ...reasons.map(explainOwnReason)];
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
  // A rule that speaks of other callers, tools or connections is no near miss.
  const candidates = rulesFor(policy.rules, input).toSorted(byStrictness);
  const explained = candidates.map((rule) => explainRule(rule, input));
  const applying = explained.filter(isApplied);
  const nearMisses = candidates.filter((rule) => isNearMiss(rule, input)).slice(0, nearMissesMax);
  return bounded([
    ...explainOwn(policy, applying, reasons),
    ...applying.toSorted((a, b) => Number(a.mode === 'shadow') - Number(b.mode === 'shadow')).slice(0, applyingMax),
    ...nearMisses.map((rule) => explainRule(rule, input)),
  ]);
}

function isApplied({ mismatch }: RuleExplanation): boolean {
  return mismatch === undefined;
}

const names = new Set(['connection', 'method', 'tool', 'prompt', 'uri']);

/** It speaks of this very tool or resource, and one thing about the call keeps it from applying. */
function isNearMiss({ matchers, shadow }: Rule, input: JudgeInput): boolean {
  const unfit = matchers.filter(({ fits }) => !fits(input));
  const [first] = unfit;
  return !shadow && unfit.length === 1 && first !== undefined && !names.has(first.name);
}

const strictness = { block: 0, require_approval: 1, allow: 2 } as const;

/** Then the one that asks for more, then by id. */
function byStrictness(a: Rule, b: Rule): number {
  const order = strictness[a.decision] - strictness[b.decision] || b.matchers.length - a.matchers.length;
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
