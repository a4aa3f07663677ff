/** Names a recorded answer: digests and counts, never its text. */
export interface AnswerReceipt {
  readonly callId: string;
  /** Commitment of the masked answer in the ledger's body store, hex. */
  readonly commitment: string;
  /** Sequence number of its ledger entry. */
  readonly seq: number;
  /** Bytes of the masked answer. */
  readonly bytes: number;
  /** How many values the mask replaced. */
  readonly maskedFields: number;
  /** The tool's own verdict: `isError` of its result, or a JSON-RPC error. */
  readonly toolError: boolean;
}

/** Input of the recording workflow: one execution of one grant, on the gateway that holds the caller. */
export interface RecordingRequest {
  readonly approvalId: string;
  readonly callId: string;
  readonly gatewayQueue: string;
  readonly connection: string;
  readonly tool: string;
  readonly actionDigest: string;
  /** Set for a task: until when, in Unix milliseconds, a gateway may take it up. */
  readonly takeUpUntilMs?: number;
  /** Which try this is, from 1; another one follows only when the last was settled as never sent. */
  readonly attempt?: number;
}

/**
 * Input of the recording workflow for an ungated call whose policy says `record: workflow`. Nobody approved it and no
 * fence guards it: only the gateway that holds its bytes can send it, and does so once.
 */
export interface UngatedRecording {
  readonly callId: string;
  readonly gatewayQueue: string;
  readonly connection: string;
  readonly tool: string;
}

/** The policy in force when an approved call was about to run, under which it may not. Ids, and the rules' own words. */
export interface PolicySince {
  readonly reason: string;
  readonly policyDigest: string;
  readonly ruleIds: readonly string[];
}

/** What became of one execution, before anybody has it. `not_executed` leaves the grant intact; nothing was sent. */
export type ForwardResult =
  | { readonly code: 'answered'; readonly receipt: AnswerReceipt }
  | { readonly code: 'withheld' | 'unavailable'; readonly reason: string }
  /** Nothing was sent: policy has changed since, and blocks it now, or asks for more than was approved (`expired`). */
  | { readonly code: 'blocked' | 'expired'; readonly policy: PolicySince }
  | { readonly code: 'unknown' }
  /** `lost`: a gateway that would have run it fell silent; another one may try. */
  | { readonly code: 'not_executed'; readonly reason: string; readonly lost?: true };

/** How an ungated call ended: sent or not, it does have an ending. */
export type CallEnding = Exclude<ForwardResult, { code: 'not_executed' }>;

type Answered = Extract<ForwardResult, { code: 'answered' }>;

/** The same, and whether its caller took the answer. */
export type RecordingResult = Exclude<ForwardResult, Answered> | (Answered & { readonly delivered: boolean });
