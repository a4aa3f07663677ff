import type { DecisionAttempt } from '../contract/activities.ts';
import type {
  ApprovalRequest,
  ApproverFacts,
  ApproverGroup,
  DecisionFacts,
  DecisionRefusal,
  DecisionVerdict,
} from '../contract/approval.ts';
import type { Caller } from '../contract/call.ts';

/** The case as the gateway wrote it to PostgreSQL; Temporal's copy is never the authority. */
export interface StoredApproval {
  readonly request: ApprovalRequest;
  readonly expiresAt: Date;
  readonly state: 'open' | 'closed';
}

export interface JudgementInput {
  readonly attempt: DecisionAttempt;
  /** The verified facts of the click, or undefined when its proof did not verify. */
  readonly facts: DecisionFacts | undefined;
  /** The verified facts of the approver, or undefined when their proof did not verify. */
  readonly approver: ApproverFacts | undefined;
  readonly approval: StoredApproval | undefined;
}

/** The characters of the action digest that a card shows. */
const shownDigestLength = 12;

/**
 * PURE. Refuses a decision that - is not proven - names another case, digest or a card yet to come - came too late
 * - is by somebody who is no approver, decides on a call of their own, or has voted already.
 */
export function judgeDecision(input: JudgementInput): DecisionVerdict {
  const { attempt, facts, approver, approval } = input;
  const refuse = (code: DecisionRefusal): DecisionVerdict =>
    facts === undefined ? { accepted: false, code } : { accepted: false, code, facts };

  if (facts === undefined || approver === undefined) return refuse('bad_proof');
  if (approver.decisionId !== facts.decisionId || approver.userId !== facts.userId) return refuse('bad_proof');
  if (approver.teamId !== facts.teamId) return refuse('bad_proof');
  if (approval === undefined || facts.approvalId !== attempt.signed.approvalId) return refuse('wrong_approval');
  if (!attempt.open || approval.state !== 'open') return refuse('case_closed');
  if (facts.shownDigest !== approval.request.actionDigest.slice(0, shownDigestLength)) return refuse('wrong_digest');
  if (facts.revision > attempt.revision) return refuse('wrong_revision');
  if (Date.parse(facts.decidedAt) > approval.expiresAt.getTime()) return refuse('too_late');

  const principal = approver.email?.toLowerCase();
  if (approver.refusal !== undefined || principal === undefined) return refuse('not_an_approver');
  const groups = groupsOf(principal, approval.request.rule.groups);
  if (groups.length === 0) return refuse('not_an_approver');
  if (isOwnCall(principal, approval.request.caller)) return refuse('self_approval');
  if (attempt.votes.some((vote) => vote.principal === principal)) return refuse('already_voted');

  const { decisionId, decision, decidedAt, reason } = facts;
  const vote = { decisionId, principal, name: approver.name, decision, groups, decidedAt };
  return { accepted: true, vote: reason === undefined ? vote : { ...vote, reason } };
}

/** The required groups that hold the principal. Emails are compared without case. */
function groupsOf(principal: string, groups: readonly ApproverGroup[]): string[] {
  return groups
    .filter((group) => group.members.some((member) => member.toLowerCase() === principal))
    .map((group) => group.name);
}

/** True for the requester, everyone in its delegation chain, and the registered owner of a service account. */
function isOwnCall(principal: string, caller: Caller): boolean {
  const own = [caller.subject, caller.email, caller.owner, ...caller.actors];
  return own.some((name) => name !== undefined && name.toLowerCase() === principal);
}
