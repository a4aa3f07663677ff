import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Caller } from './call.ts';
import type { RuleExplanation } from './explanation.ts';
import type { AnswerReceipt, PolicySince } from './recording.ts';

/** Why a call is made, masked. What an agent says is a claim; only a person states it. */
export interface ShownPurpose {
  readonly code?: string;
  readonly text: string;
  readonly source: 'meta' | 'header' | 'argument' | 'elicitation';
  readonly claimedBy: 'human' | 'agent';
}

/** A named set of principals (emails, compared without case) who may decide. */
export interface ApproverGroup {
  readonly name: string;
  readonly members: readonly string[];
}

/**
 * Who must agree: `quorum` distinct principals, with at least one from every group.
 * One deny vetoes; expiry is a deny.
 */
export interface ApprovalRule {
  readonly groups: readonly ApproverGroup[];
  readonly quorum: number;
  /** How long approvers have, in milliseconds. */
  readonly expiresAfterMs: number;
  /** How long a grant or an undelivered outcome waits for its caller, in milliseconds. */
  readonly grantTtlMs: number;
}

/** What opens a case. Everything here is masked or public: it lands in Temporal's history and on the card. */
export interface ApprovalRequest {
  readonly approvalId: string;
  readonly connection: string;
  readonly method: string;
  readonly tool: string;
  readonly caller: Caller;
  /** Canonical JSON of the masked arguments, indented by two spaces. */
  readonly maskedArguments: string;
  /** How many values the mask replaced in it. */
  readonly maskedFields: number;
  /** `sha256(nonce ‖ JCS(action))` in hex; the nonce stays in PostgreSQL. Cards show its first 12 characters. */
  readonly actionDigest: string;
  readonly policyDigest: string;
  /** SHA-256 of the tool's definition as it was when the call was held, in hex; absent when it was never listed. */
  readonly toolDefinitionDigest?: string;
  /** Ids of the policy rules that asked for approval, strictest first. */
  readonly ruleIds: readonly string[];
  /** The rules' own text on why approval is needed. */
  readonly why?: string;
  /** Why each rule applies, watched ones included, and a few that nearly do; absent in cases of older versions. */
  readonly explanation?: readonly RuleExplanation[];
  readonly purpose?: ShownPurpose;
  /** Fields that the answer loses for this caller, as globs. */
  readonly masks?: readonly string[];
  readonly rule: ApprovalRule;
  /** RFC 3339, UTC. */
  readonly openedAt: string;
  readonly expiresAt: string;
}

/** A caller that waits, and the queue of the gateway that holds its socket. */
export interface WaitingCaller {
  readonly approvalId: string;
  readonly callId: string;
  readonly gatewayQueue: string;
  /** Set for a task: the call lies sealed in PostgreSQL, any gateway may run it, and nobody has to be told. */
  readonly task?: true;
}

export type DecisionKind = 'approve' | 'deny';
/** Ordered from weakest to strongest. */
export type Assurance = 'chat' | 'chat+reason' | 'reauthenticated';

/** The claims of a decision's proof: the facts of one click, and no judgement of them. */
export interface DecisionFacts {
  /** `sha256(team, user, approval, revision, decision)` in hex: the same click twice is one decision. */
  readonly decisionId: string;
  readonly approvalId: string;
  /** The revision of the card that was clicked. */
  readonly revision: number;
  /** The first 12 hex characters of the action digest, as the card showed them. */
  readonly shownDigest: string;
  readonly decision: DecisionKind;
  readonly reason?: string;
  readonly channel: 'slack' | 'slack-sim' | 'console' | 'cli';
  readonly assurance: Assurance;
  readonly teamId: string;
  readonly userId: string;
  readonly enterpriseId?: string;
  readonly messageTs?: string;
  readonly actionTs?: string;
  /** RFC 3339, UTC: when the click was received. */
  readonly decidedAt: string;
}

/** A decision as it travels: the proof is a compact JWS (EdDSA, RFC 7515/8037) over {@link DecisionFacts}. */
export interface SignedDecision {
  readonly approvalId: string;
  readonly decisionId: string;
  readonly proof: string;
}

/** The claims of an identity proof: what the channel knows of a user at the time of the decision. */
export interface ApproverFacts {
  readonly decisionId: string;
  readonly teamId: string;
  readonly userId: string;
  readonly name: string;
  /** Verified email in the home workspace; absent when `refusal` is set. */
  readonly email?: string;
  /** Why this user can never be an approver (`guest`, `bot`, `deactivated`, `other_team`, `no_verified_email`). */
  readonly refusal?: string;
  /** RFC 3339, UTC. */
  readonly checkedAt: string;
}

/** The `typ` headers of the two proofs (RFC 8725 section 3.11): one kind never passes for the other. */
export const DECISION_PROOF_TYPE = 'countersign-decision+jwt';
export const APPROVER_PROOF_TYPE = 'countersign-approver+jwt';

/** Why a decision was not counted. Every one of them is recorded. */
export type DecisionRefusal =
  | 'bad_proof'
  | 'wrong_approval'
  | 'wrong_digest'
  | 'wrong_revision'
  | 'not_an_approver'
  | 'self_approval'
  | 'already_voted'
  | 'too_late'
  | 'case_closed'
  | 'assurance_too_low'
  | 'too_many_attempts';

/** A decision that counts. */
export interface Vote {
  readonly decisionId: string;
  readonly principal: string;
  readonly name: string;
  readonly decision: DecisionKind;
  /** The required groups this principal belongs to. */
  readonly groups: readonly string[];
  readonly reason?: string;
  readonly decidedAt: string;
}

export type DecisionVerdict =
  | { readonly accepted: true; readonly vote: Vote }
  | { readonly accepted: false; readonly code: DecisionRefusal; readonly facts?: DecisionFacts };

/** Where a case stands. Only `open` accepts decisions. */
export type ApprovalStatus =
  'open' | 'approved' | 'executing' | 'answered' | 'denied' | 'expired' | 'unknown' | 'failed';

/** How a case ended for its callers. */
export type ApprovalOutcome =
  | { readonly code: 'answered'; readonly receipt: AnswerReceipt }
  | { readonly code: 'denied'; readonly reason?: string }
  /** `policy`: it was approved, and policy asks for more since. */
  | { readonly code: 'expired'; readonly policy?: PolicySince }
  /** It was approved, and policy has blocked it since. Nothing ran. */
  | { readonly code: 'blocked'; readonly policy: PolicySince }
  | { readonly code: 'unknown' }
  | { readonly code: 'withheld' | 'unavailable'; readonly reason: string };

/** Everything a card or a console shows of a case. Masked and public facts only. */
export interface ApprovalView {
  readonly request: ApprovalRequest;
  readonly workflowId: string;
  readonly status: ApprovalStatus;
  /** Grows with every change; a card's buttons carry the revision they were drawn from. */
  readonly revision: number;
  readonly votes: readonly Vote[];
  readonly callersWaiting: number;
  readonly outcome?: ApprovalOutcome;
}

/** Where a channel posted a card, so that it can update it. */
export interface CardRef {
  readonly channel: string;
  readonly ts: string;
}

/** An approver decided. Durable once Temporal accepts it; judged by activities, never by the sender's word. */
export const approvalDecision = defineSignal<[SignedDecision]>('approvalDecision');
/** A caller waits for this case. */
export const attachCaller = defineSignal<[WaitingCaller]>('attachCaller');
/** A caller no longer waits; the case stays open. */
export const detachCaller = defineSignal<[WaitingCaller]>('detachCaller');
export const approvalView = defineQuery<ApprovalView>('approvalView');
