import type {
  ApprovalOutcome,
  ApprovalRequest,
  ApprovalStatus,
  ApprovalView,
  DecisionRefusal,
  DecisionVerdict,
  Vote,
  WaitingCaller,
} from '../contract/approval.ts';

/**
 * Where one case stands, without Temporal, clock or I/O.
 *
 * open → approved → executing → answered | unknown | failed, or open → denied | expired.
 * A grant nobody fetches in time expires as well.
 */
export class ApprovalState {
  readonly request: ApprovalRequest;
  readonly workflowId: string;
  status: ApprovalStatus = 'open';
  outcome: ApprovalOutcome | undefined;
  /** Grows with every change that a card shows. */
  revision = 1;
  /** Whether a caller has received the outcome. */
  delivered = false;
  readonly votes: Vote[] = [];
  readonly verdicts = new Map<string, DecisionVerdict>();
  readonly #callers = new Map<string, WaitingCaller>();

  constructor(request: ApprovalRequest, workflowId: string) {
    this.request = request;
    this.workflowId = workflowId;
  }

  get callers(): readonly WaitingCaller[] {
    return [...this.#callers.values()];
  }

  /** Callers with a socket somewhere, who must be told; a task's outcome is there for whoever asks. */
  get liveCallers(): readonly WaitingCaller[] {
    return this.callers.filter(({ task }) => task === undefined);
  }

  attach(caller: WaitingCaller): void {
    if (this.#callers.has(caller.callId)) return;
    this.#callers.set(caller.callId, caller);
    this.revision += 1;
  }

  detach(callId: string): void {
    if (this.#callers.delete(callId)) this.revision += 1;
  }

  /** Somebody received the outcome, so the case need not wait for another identical call. */
  markDelivered(callId: string): void {
    this.delivered = true;
    this.detach(callId);
  }

  /** Tasks need no delivery: their outcome is recorded with the end of the case. */
  markTasksDelivered(): void {
    for (const { callId, task } of this.callers) if (task !== undefined) this.markDelivered(callId);
  }

  /** Takes one judged decision in. Only an accepted vote on an open case changes anything. */
  consider(decisionId: string, verdict: DecisionVerdict): void {
    this.verdicts.set(decisionId, verdict);
    if (!verdict.accepted || this.status !== 'open') return;
    this.votes.push(verdict.vote);
    this.revision += 1;
    if (verdict.vote.decision === 'deny') this.#deny(verdict.vote.reason);
    else if (this.#quorumReached()) this.status = 'approved';
  }

  /** True when enough distinct principals agreed and every required group is among them. */
  #quorumReached(): boolean {
    const approvals = this.votes.filter((vote) => vote.decision === 'approve');
    const principals = new Set(approvals.map((vote) => vote.principal));
    const groups = new Set(approvals.flatMap((vote) => vote.groups));
    const { quorum, groups: required } = this.request.rule;
    return principals.size >= quorum && required.every((group) => groups.has(group.name));
  }

  #deny(reason: string | undefined): void {
    this.status = 'denied';
    this.outcome = reason === undefined ? { code: 'denied' } : { code: 'denied', reason };
  }

  expire(): void {
    this.#move('expired', { code: 'expired' });
  }

  startExecuting(): void {
    this.#move('executing', undefined);
  }

  /** Nothing was sent: the grant is as good as before. */
  giveGrantBack(): void {
    this.#move('approved', undefined);
  }

  end(outcome: ApprovalOutcome): void {
    const { code } = outcome;
    const failed = code === 'withheld' || code === 'unavailable' || code === 'blocked';
    this.#move(failed ? 'failed' : code, outcome);
  }

  #move(status: ApprovalStatus, outcome: ApprovalOutcome | undefined): void {
    this.status = status;
    this.outcome = outcome;
    this.revision += 1;
  }

  view(): ApprovalView {
    const { request, workflowId, status, revision, votes, outcome } = this;
    const view = { request, workflowId, status, revision, votes: [...votes], callersWaiting: this.#callers.size };
    return outcome === undefined ? view : { ...view, outcome };
  }

  /** One line for a waiting caller, without approvers' names. */
  progressLine(): string {
    const approvals = this.votes.filter((vote) => vote.decision === 'approve').length;
    const { approvalId, rule, expiresAt } = this.request;
    return `waiting for approval, ${approvals} of ${rule.quorum} so far, expires ${expiresAt}, ${approvalId}`;
  }
}

/** What the approver reads when a click did not count. */
export function explainRefusal(code: DecisionRefusal): string {
  switch (code) {
    case 'bad_proof':
      return 'Your click could not be verified and was not counted.';
    case 'wrong_approval':
    case 'wrong_digest':
    case 'wrong_revision':
      return 'The card you clicked does not match the request any more. Look at the current card and decide there.';
    case 'not_an_approver':
      return 'You are not among the approvers of this request. Your click was recorded and not counted.';
    case 'self_approval':
      return 'You may not decide on a call made by you, on your behalf, or by a service account you own. Your click was recorded and not counted.';
    case 'already_voted':
      return 'You have already decided on this request. Another approver is needed.';
    case 'too_late':
      return 'This request had already expired when you clicked. Nothing ran.';
    case 'case_closed':
      return 'This request is already decided. Your click changed nothing.';
    case 'assurance_too_low':
      return 'The policy asks for a stronger login for this decision than a click in chat.';
    case 'too_many_attempts':
      return 'There were too many refused attempts on this request. Your click was not counted.';
  }
}
