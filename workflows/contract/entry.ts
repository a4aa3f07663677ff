import type { Json } from './call.ts';

/** What an entry tells. The life of a call is `request.received` → … → one terminal kind. */
export type EntryKind =
  | 'log.opened'
  | 'log.sealed'
  | 'gateway.started'
  | 'gateway.stopped'
  | 'policy.changed'
  | 'policy.rejected'
  | 'tool.seen'
  | 'tool.changed'
  | 'tool.accepted'
  | 'pause.set'
  | 'pause.lifted'
  | 'refusals.counted'
  | 'request.received'
  | 'purpose.given'
  | 'message.relayed'
  | 'approval.opened'
  | 'approval.decided'
  | 'approval.refused'
  | 'approval.closed'
  | 'call.held'
  | 'call.executing'
  | 'response.recorded'
  | 'call.closed';

/** Bytes kept beside the log, encrypted; the entry holds only their commitment. Masked before they come here. */
export interface BodyDraft {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** One fact to append. `facts` must be masked or public: it is stored in clear, as RFC 8785 JSON, at most 16 KiB. */
export interface EntryDraft {
  readonly kind: EntryKind;
  readonly callId?: string;
  readonly sessionId?: string;
  readonly approvalId?: string;
  readonly connection?: string;
  readonly tool?: string;
  /** `issuer#subject` of the caller or `approver:<principal>`. */
  readonly principal?: string;
  /** The verdict or the outcome, for lists: `allow`, `block`, `hold`, `denied`, … */
  readonly outcome?: string;
  readonly facts: { readonly [key: string]: Json };
  readonly body?: BodyDraft;
  /** Set by writers that may retry: an entry with the same key is appended once, and the first one is returned. */
  readonly once?: string;
}

/** The `once` key of the entry that ends a call: whoever ends it, and however often, it ends once. */
export const endOfCall = (callId: string): string => `call.closed/${callId}`;

/** Where an appended entry stands. */
export interface AppendedEntry {
  readonly seq: number;
  readonly id: string;
  /** Hex commitment of the body, if there was one. */
  readonly commitment?: string;
}
