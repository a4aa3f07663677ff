import type { ApprovalRule } from '../../workflows/contract/approval.ts';
import type { Caller, Json } from '../../workflows/contract/call.ts';
import type { ApprovalNeed, ArgumentMatcher, ClaimMatcher, Policy, Rule } from './rule.ts';

export interface JudgeInput {
  readonly connection: string;
  readonly method: string;
  /** Tool or prompt name. */
  readonly tool?: string;
  readonly uri?: string;
  readonly caller: Caller;
  readonly args: Json | undefined;
}

export type Judgement =
  | { readonly verdict: 'allow'; readonly ruleIds: readonly string[] }
  | { readonly verdict: 'block'; readonly ruleIds: readonly string[]; readonly reason: string }
  | {
      readonly verdict: 'hold';
      readonly ruleIds: readonly string[];
      readonly reason?: string;
      readonly approval: ApprovalRule;
    };

/** What every client does before it does anything. It needs no rule; what comes back is masked and recorded. */
const housekeeping = new Set([
  'initialize',
  'ping',
  'server/discover',
  'logging/setLevel',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'subscriptions/listen',
]);

/** What a rule without `method`, `tool` and `uri` speaks of. Any other method needs a rule that names it. */
const operations = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
]);

const notificationPrefix = 'notifications/';

/**
 * PURE. Every rule that matches applies and the strictest wins, so order never matters: block, then require_approval,
 * then allow. Approvals merge into the largest quorum, every required group and the shortest times. No rule: the
 * default, which is to block.
 */
export function judge(policy: Policy, input: JudgeInput): Judgement {
  if (housekeeping.has(input.method) || input.method.startsWith(notificationPrefix)) {
    return { verdict: 'allow', ruleIds: [] };
  }
  const matching = policy.rules.filter((rule) => firstMismatch(rule, input) === undefined);
  const blocking = matching.filter((rule) => rule.decision === 'block');
  if (blocking.length > 0) {
    return { verdict: 'block', ruleIds: blocking.map(idOf), reason: reasonOf(blocking) ?? 'A rule blocks it.' };
  }
  const holding = matching.filter((rule) => rule.decision === 'require_approval');
  if (holding.length > 0) return hold(holding.map(idOf), reasonOf(holding), needsOf(holding, policy));
  if (matching.length > 0) return { verdict: 'allow', ruleIds: matching.map(idOf) };
  return judgeByDefault(policy, input);
}

function judgeByDefault(policy: Policy, input: JudgeInput): Judgement {
  const { defaultDecision, defaultApproval } = policy;
  const nothing = `No rule allows ${input.caller.subject} to call ${input.tool ?? input.method} on ${input.connection}.`;
  if (!operations.has(input.method) || defaultDecision === 'block') {
    return { verdict: 'block', ruleIds: [], reason: nothing };
  }
  if (defaultDecision === 'allow') return { verdict: 'allow', ruleIds: [] };
  return hold([], nothing, defaultApproval === undefined ? [] : [defaultApproval]);
}

/** An approval that nobody can give is a block: it is refused at load, and here once more. */
function hold(ruleIds: readonly string[], reason: string | undefined, needs: readonly ApprovalNeed[]): Judgement {
  const [first] = needs;
  if (first === undefined)
    return { verdict: 'block', ruleIds, reason: 'It needs approval, and nobody may approve it.' };
  const groups = new Map(needs.flatMap((need) => need.groups.map((group) => [group.name, group] as const)));
  const approval: ApprovalRule = {
    groups: [...groups.values()],
    quorum: Math.max(...needs.map((need) => need.quorum)),
    expiresAfterMs: Math.min(...needs.map((need) => need.expiresAfterMs)),
    grantTtlMs: Math.min(...needs.map((need) => need.grantTtlMs)),
  };
  return reason === undefined ? { verdict: 'hold', ruleIds, approval } : { verdict: 'hold', ruleIds, reason, approval };
}

function needsOf(rules: readonly Rule[], { defaultApproval }: Policy): ApprovalNeed[] {
  return rules.map((rule) => rule.approval ?? defaultApproval).filter((need) => need !== undefined);
}

function idOf({ id }: Rule): string {
  return id;
}

function reasonOf(rules: readonly Rule[]): string | undefined {
  const reasons = [...new Set(rules.map((rule) => rule.reason).filter((reason) => reason !== undefined))];
  return reasons.length === 0 ? undefined : reasons.join(' ');
}

/** The first matcher of a rule that the call does not fit, in words; undefined when the rule matches. */
function firstMismatch(rule: Rule, input: JudgeInput): string | undefined {
  if (rule.connection?.(input.connection) === false) return `connection ${input.connection}`;
  if (!speaksOfMethod(rule, input)) return `method ${input.method}`;
  if (rule.tool !== undefined && (input.tool === undefined || !rule.tool(input.tool)))
    return `tool ${input.tool ?? '–'}`;
  if (rule.uri !== undefined && (input.uri === undefined || !rule.uri(input.uri))) return 'uri';
  const claim = rule.claims.find((matcher) => !claimFits(matcher, input.caller));
  if (claim !== undefined) return `claim ${claim.claim}`;
  const argument = rule.args.find((matcher) => !argumentFits(matcher, rule, input.args));
  return argument === undefined ? undefined : `argument /${argument.path.join('/')}`;
}

function speaksOfMethod(rule: Rule, { method }: JudgeInput): boolean {
  if (rule.method !== undefined) return rule.method(method);
  if (rule.tool !== undefined) return method === 'tools/call';
  if (rule.uri !== undefined) return method.startsWith('resources/');
  return operations.has(method);
}

function claimFits({ claim, quantifier, globs }: ClaimMatcher, caller: Caller): boolean {
  const values = claimValues(claim, caller);
  const held = (glob: (text: string) => boolean): boolean => values.some((value) => glob(value));
  return quantifier === 'any' ? globs.some(held) : globs.every(held);
}

function claimValues(claim: string, caller: Caller): readonly string[] {
  switch (claim) {
    case 'groups':
      return caller.groups;
    case 'actors':
      return caller.actors;
    case 'subject':
      return [caller.subject];
    case 'issuer':
      return [caller.issuer];
    case 'owner':
      return caller.owner === undefined ? [] : [caller.owner];
    case 'email':
      return caller.email === undefined ? [] : [caller.email];
    default:
      return [];
  }
}

/**
 * A value of another type than the rule expects cannot be judged: a rule that restricts then matches, and one that
 * allows does not. An absent value fits only a matcher that asks for its absence.
 */
function argumentFits({ path, test }: ArgumentMatcher, rule: Rule, args: Json | undefined): boolean {
  const value = valueAt(args, path);
  return test(value) ?? (value !== undefined && rule.decision !== 'allow');
}

function valueAt(args: Json | undefined, path: readonly string[]): unknown {
  let value: unknown = args;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
