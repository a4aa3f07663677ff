import type { JudgeInput } from './judge-input.ts';
import { isHousekeeping, isOperation } from './methods.ts';
import { isShut } from './privacy.ts';
import type { Policy, Rule } from './rule.ts';
import type { Matcher } from './matchers/matcher.ts';
import { rulesFor } from './rule-index.ts';

/** What a call can come to when nothing is known of its arguments. */
export type Prospect = 'never' | 'allowed' | 'may_need_approval' | 'needs_approval';

/** A call as far as a list tells of it. */
export type OfferedCall = Omit<JudgeInput, 'args' | 'at'> & {
  /** Set for what an address of this shape may stand for: no rule's `uri` can be decided then. */
  readonly uriUnknown?: boolean;
};

/**
 * PURE. What policy can make of calls to one tool, prompt or resource, over all arguments there are. `never` is certain:
 * whatever is doubtful counts as possible, so that nothing is hidden that could be called.
 */
export function prospectOf(policy: Policy, offered: OfferedCall): Prospect {
  if (isHousekeeping(offered.method)) return 'allowed';
  const { certain, possible } = sortRules(policy, offered);
  if (isShut(policy, { ...offered, args: undefined, at: noTime })) return 'never';
  if (certain.some(isBlock)) return 'never';
  const { defaultDecision, defaultApproval } = policy;
  const byDefault = certain.length === 0 && isOperation(offered.method) ? defaultDecision : 'block';
  const rules = [...certain, ...possible];
  const mayHold =
    rules.some((rule) => isHold(rule) && (rule.approval ?? defaultApproval) !== undefined) ||
    (byDefault === 'require_approval' && defaultApproval !== undefined);
  const mayAllow = !certain.some(isHold) && (rules.some(isAllow) || byDefault === 'allow');
  if (mayAllow) return mayHold ? 'may_need_approval' : 'allowed';
  return mayHold ? 'needs_approval' : 'never';
}

/** PURE. False only when policy blocks it whatever the arguments. */
export function mayEver(policy: Policy, offered: OfferedCall): boolean {
  return prospectOf(policy, offered) !== 'never';
}

/** Rules that match whatever the arguments, and those that match some. */
function sortRules(policy: Policy, { uriUnknown = false, ...known }: OfferedCall) {
  const input: JudgeInput = { ...known, args: undefined, at: noTime };
  const kindUnknown = known.method === 'tools/call' && known.annotations === undefined;
  const asksForMore = ({ needsCall, name }: Matcher): boolean =>
    needsCall || (uriUnknown && name === 'uri') || (kindUnknown && name === 'annotations');
  const certain: Rule[] = [];
  const possible: Rule[] = [];
  for (const rule of rulesFor(policy.rules, input)) {
    if (rule.shadow) continue;
    const fits = rule.matchers.every((matcher) => asksForMore(matcher) || matcher.fits(input));
    if (fits) (rule.matchers.some(asksForMore) ? possible : certain).push(rule);
  }
  return { certain, possible };
}

/** A list is kept for longer than a moment, so no rule is asked about the time. */
const noTime = new Date(0);

function isBlock({ decision }: Rule): boolean {
  return decision === 'block';
}

function isHold({ decision }: Rule): boolean {
  return decision === 'require_approval';
}

function isAllow({ decision }: Rule): boolean {
  return decision === 'allow';
}
