import type {
  ApprovalOutcome,
  ApprovalRequest,
  ApprovalView,
  CardRef,
  DecisionFacts,
  DecisionVerdict,
  SignedDecision,
  Vote,
} from './approval.ts';
import type { CallEnding, ForwardResult, RecordingRequest, UngatedRecording } from './recording.ts';
import type { ToolAlarm } from './tool-alarm.ts';

/** On queue `countersign`: the workflows' hands in the ledger. Each may run twice and must not mind. */
export interface LedgerActivities {
  /** Records that a case was opened. */
  openCase(request: ApprovalRequest): Promise<void>;
  /** Checks who signed a decision. A forgery is recorded here and goes no further. */
  checkDecisionProof(signed: SignedDecision): Promise<{ facts: DecisionFacts } | { refused: 'bad_proof' }>;
  /** Judges an identified decision against the case as PostgreSQL has it, and records the attempt either way. */
  judgeDecision(attempt: DecisionAttempt): Promise<DecisionVerdict>;
  /** Settles an execution whose gateway fell silent: `unknown` when its fence was taken, else it never ran. */
  settleExecution(recording: RecordingRequest): Promise<ForwardResult>;
  /** How an ungated call ended, as the ledger has it. Throws while it is open: its gateway ends it, or the sweep. */
  readEnding(callId: string): Promise<CallEnding>;
  /** Records how the case ended, and ends its tasks. From here on an identical call opens a case of its own. */
  closeCase(closing: CaseClosing): Promise<void>;
}

export interface DecisionAttempt {
  readonly signed: SignedDecision;
  /** Compact JWS over `ApproverFacts`. */
  readonly identity: string;
  readonly votes: readonly Vote[];
  readonly revision: number;
  /** False once the case has left `open`. */
  readonly open: boolean;
}

export interface CaseClosing {
  readonly approvalId: string;
  readonly outcome: ApprovalOutcome;
}

/** On queue `slack`: the only place that talks to Slack. */
export interface SlackActivities {
  /** Posts the card, or updates it where it already stands. */
  syncCard(view: ApprovalView, card: CardRef | undefined): Promise<CardRef>;
  /** Looks an approver up at decision time and signs what it saw. Returns a compact JWS over `ApproverFacts`. */
  identifyApprover(facts: DecisionFacts): Promise<string>;
  /** Tells one approver, and nobody else, why a click did not count. */
  tellApprover(notice: ApproverNotice): Promise<void>;
  /** Tells all approvers that a tool has changed. */
  postToolAlarm(alarm: ToolAlarm): Promise<CardRef>;
}

export interface ApproverNotice {
  readonly card: CardRef | undefined;
  readonly userId: string;
  readonly text: string;
}

/**
 * On queue `gateway.<instance>`: what only the gateway that holds the caller can do. A task's call is forwarded from
 * queue `gateway`, by any of them.
 */
export interface GatewayActivities {
  /** Takes the fence, calls upstream at most once, masks, and commits the masked answer. Releases nothing. */
  forwardAndRecord(recording: RecordingRequest | UngatedRecording): Promise<ForwardResult>;
  /** Hands a recorded outcome to callers that wait here. Returns the call ids that were still there. */
  release(release: OutcomeRelease): Promise<string[]>;
  /** Tells waiting callers how far the case is, as MCP progress. */
  showProgress(progress: ProgressNote): Promise<void>;
}

export interface OutcomeRelease {
  /** Absent for an ungated call. */
  readonly approvalId?: string;
  readonly callIds: readonly string[];
  /** `pending`: call again to be attached anew. `case_ended`: open a case of your own. */
  readonly outcome: ApprovalOutcome | { readonly code: 'pending' | 'case_ended' };
}

export interface ProgressNote {
  readonly callIds: readonly string[];
  readonly message: string;
}
