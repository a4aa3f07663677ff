import type { OutcomeCode } from '../../workflows/contract/call.ts';

/** An outcome that the gateway answers itself. `sentence` is for a person or a model, and holds nothing secret. */
export interface Refusal {
  readonly code: OutcomeCode;
  readonly callId: string;
  readonly sentence: string;
  readonly approvalId?: string;
  readonly rule?: string;
  readonly reason?: string;
  readonly url?: string;
  /** When the same call may do better. */
  readonly retryAfterMs?: number;
  /** What the same call would do better with. */
  readonly needs?: 'purpose';
  /** The codes of which a purpose needs one. */
  readonly codes?: readonly string[];
  /** The version of the policy that refuses, when it is not the one that the call was received under. */
  readonly policyDigest?: string;
}
