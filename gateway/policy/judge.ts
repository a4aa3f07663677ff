import type { ApprovalRule } from '../../workflows/contract/approval.ts';
import type { JudgeInput } from './judge-input.ts';
import { isHousekeeping, isOperation } from './methods.ts';
import type { Decision } from '../config/rule-schema.ts';
import { applies, type ApprovalNeed, type Policy, type Rule } from './rule.ts';
import { rulesFor } from './rule-index.ts';

export type Judgement = (
  | {
      readonly verdict: 'allow';
      readonly ruleIds: readonly string[];
      /** Absent: the ledger only. */
      readonly recordIn?: 'workflow';
      /** Fields that the answer loses, as globs. */
      readonly masks?: readonly string[];
    }
  | {
      readonly verdict: 'block';
      readonly ruleIds: readonly string[];
      readonly reason: string;
      /** Set when nothing but a purpose is missing. */
      readonly lacks?: PurposeLack;
    }
  | {
      readonly verdict: 'hold';
      readonly ruleIds: readonly string[];
      readonly reason?: string;
      readonly masks?: readonly string[];
      readonly approval: ApprovalRule;
    }
) & {
  /** What rules that are only watched would have decided, by id; absent when none matches. */
  readonly shadow?: readonly ShadowDecision[];
};

/** A call is refused for want of a purpose, and may be made again with one. */
export interface PurposeLack {
  /** One of these is wanted; undefined: anything that says why. */
  readonly codes?: readonly string[];
}

/** What a rule in shadow mode would have decided. */
interface ShadowDecision {
  readonly ruleId: string;
  readonly decision: Decision;
}

/**
 * PURE. Every rule that matches applies and the strictest wins, so order never matters: block, then require_approval,
 * then allow. Approvals merge into the largest quorum, every required group and the shortest times; one rule that wants
 * a call in a workflow is enough. No rule: the default, which is to block; a method nobody has heard of is blocked
 * whatever the default. Rules in shadow mode are told of and change nothing of this, not even that no rule matches.
 */
export function judge(policy: Policy, input: JudgeInput): Judgement {
  if (isHousekeeping(input.method)) return { verdict: 'allow', ruleIds: [] };
  const matching = rulesFor(policy.rules, input)
    .filter((rule) => applies(rule, input))
    .toSorted(byId);
  const shadows = matching.filter(({ shadow }) => shadow);
  if (shadows.length === 0) return decide(policy, input, matching);
  const enforced = matching.filter(({ shadow }) => !shadow);
  const seen = shadows.map(({ id, decision }) => ({ ruleId: id, decision }));
  return withShadow(decide(policy, input, enforced), seen);
}

function decide(policy: Policy, input: JudgeInput, matching: readonly Rule[]): Judgement {
  const blocking = matching.filter((rule) => rule.decision === 'block');
  if (blocking.length > 0) {
    return { verdict: 'block', ruleIds: blocking.map(idOf), reason: reasonOf(blocking, input) ?? 'A rule blocks it.' };
  }
  const holding = matching
    .filter((rule) => rule.decision === 'require_approval')
    .toSorted((a, b) => byStrictness(needOf(a, policy), needOf(b, policy)));
  if (holding.length > 0) return hold(holding.map(idOf), reasonOf(holding, input), needsOf(holding, policy));
  if (matching.length > 0) return allow(matching);
  return judgeByDefault(policy, input);
}

function allow(rules: readonly Rule[]): Judgement {
  const ruleIds = rules.map(idOf);
  const inWorkflow = rules.some(({ recordIn }) => recordIn === 'workflow');
  return inWorkflow ? { verdict: 'allow', ruleIds, recordIn: 'workflow' } : { verdict: 'allow', ruleIds };
}

function judgeByDefault(policy: Policy, input: JudgeInput): Judgement {
  const { defaultDecision, defaultApproval } = policy;
  const nothing = `No rule allows ${input.caller.subject} to call ${input.tool ?? input.method} on ${input.connection}.`;
  if (!isOperation(input.method) || defaultDecision === 'block') {
    return { verdict: 'block', ruleIds: [], reason: nothing };
  }
  if (defaultDecision === 'allow') return { verdict: 'allow', ruleIds: [] };
  return hold([], nothing, defaultApproval === undefined ? [] : [defaultApproval]);
}

/**
 * PURE. The judgement of a call that needs an approval whatever the rules say: who may approve is then what the policy
 * has as its default. What is blocked stays blocked, and what is held is held by its own rules, for this reason too.
 */
export function atLeastHold(policy: Policy, judgement: Judgement, ruleId: string, reason: string): Judgement {
  switch (judgement.verdict) {
    case 'block':
      return judgement;
    case 'hold': {
      const reasons = judgement.reason === undefined ? reason : `${judgement.reason} ${reason}`;
      return { ...judgement, ruleIds: [...judgement.ruleIds, ruleId], reason: reasons };
    }
    case 'allow': {
      const { defaultApproval } = policy;
      const { shadow } = judgement;
      if (defaultApproval !== undefined) {
        return withShadow(keepMasks(judgement, hold([ruleId], reason, [defaultApproval])), shadow);
      }
      const nobody = 'No default approval says who could approve it.';
      return withShadow({ verdict: 'block', ruleIds: [ruleId], reason: `${reason} ${nobody}` }, shadow);
    }
  }
}

/** PURE. The same judgement, which also tells what rules in shadow mode say: each once, by id. */
export function withShadow(judgement: Judgement, shadow: readonly ShadowDecision[] | undefined): Judgement {
  if (shadow === undefined || shadow.length === 0) return judgement;
  const all = new Map([...(judgement.shadow ?? []), ...shadow].map((each) => [each.ruleId, each]));
  return { ...judgement, shadow: [...all.values()].toSorted((a, b) => compare(a.ruleId, b.ruleId)) };
}

function keepMasks({ masks }: Judgement & { verdict: 'allow' }, held: Judgement): Judgement {
  return held.verdict === 'block' || masks === undefined ? held : { ...held, masks };
}

/** An approval that nobody can give is a block: it is refused at load, and here once more. */
function hold(ruleIds: readonly string[], reason: string | undefined, needs: readonly ApprovalNeed[]): Judgement {
  const [first] = needs;
  if (first === undefined)
    return { verdict: 'block', ruleIds, reason: 'It needs approval, and nobody may approve it.' };
  const groups = new Map(needs.flatMap((need) => need.groups.map((group) => [group.name, group] as const)));
  const approval: ApprovalRule = {
    groups: [...groups.values()].toSorted((a, b) => compare(a.name, b.name)),
    quorum: Math.max(...needs.map((need) => need.quorum)),
    expiresAfterMs: Math.min(...needs.map((need) => need.expiresAfterMs)),
    grantTtlMs: Math.min(...needs.map((need) => need.grantTtlMs)),
  };
  return reason === undefined ? { verdict: 'hold', ruleIds, approval } : { verdict: 'hold', ruleIds, reason, approval };
}

function needsOf(rules: readonly Rule[], policy: Policy): ApprovalNeed[] {
  return rules.map((rule) => needOf(rule, policy)).filter((need) => need !== undefined);
}

function needOf(rule: Rule, { defaultApproval }: Policy): ApprovalNeed | undefined {
  return rule.approval ?? defaultApproval;
}

export function byId(a: Rule, b: Rule): number {
  return compare(a.id, b.id);
}

/** More people first, then more groups, then less time. */
function byStrictness(a: ApprovalNeed | undefined, b: ApprovalNeed | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return b.quorum - a.quorum || b.groups.length - a.groups.length || a.expiresAfterMs - b.expiresAfterMs;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function idOf({ id }: Rule): string {
  return id;
}

/** The rules' own words, and what they found in a command. */
function reasonOf(rules: readonly Rule[], input: JudgeInput): string | undefined {
  const told = rules.flatMap(({ matchers }) => matchers.filter(({ isTold }) => isTold === true));
  const sentences = [
    ...rules.map(({ reason }) => reason),
    ...told.map((matcher) => sentence(matcher.says(input, true))),
  ];
  const reasons = [...new Set(sentences.filter((reason) => reason !== undefined))];
  return reasons.length === 0 ? undefined : reasons.join(' ');
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
