/**
 * The words of Countersign, one each. Code, logs, cards, docs and history use these and no others.
 *
 * - *call*: one JSON-RPC request from a caller, id `call_<uuidv7>`.
 * - *caller*: the verified principal (issuer + subject), with groups and the delegation chain (`act`).
 * - *connection*: a registered MCP server with its own route, credential and policy.
 * - *session*: the gateway's own grouping of calls.
 * - *hold*: a call paused for approval.
 * - *approval*: the case a hold opens, id `apr_<uuidv7>`.
 * - *approver*: a principal allowed to decide.
 * - *decision*: one approver's approve or deny, signed.
 * - *grant*: what an approved case yields: single use, bound to a digest, expiring.
 * - *fence*: the compare-and-set that lets exactly one executor call upstream.
 * - *entry*: one record in the ledger.
 * - *ledger*: the append-only log of entries.
 * - *checkpoint*: the signed tree head.
 * - *pack*: an evidence export.
 * - *pause*: an operator's stop of a connection, a caller or everything, until it is lifted.
 * - *limit*: how much of something a caller, a connection or a session may have; beyond it a call is turned away.
 * - *commitment*: SHA-256(salt ‖ bytes) of a body, in hex; it names the body without disclosing it.
 * - *digest*: SHA-256 over canonical JSON (RFC 8785), in hex.
 */

/** The verified principal behind a call. Facts of a validated access token only; holds no secret. */
export interface Caller {
  readonly issuer: string;
  readonly subject: string;
  readonly groups: readonly string[];
  /** The person or team registered as owner of a service account; may not approve its calls. */
  readonly owner?: string;
  /** Subjects of the delegation chain (`act`, RFC 8693 section 4.1), outermost first. */
  readonly actors: readonly string[];
  /** Email claim, when the issuer gives one. */
  readonly email?: string;
  /** The OAuth client that got the token (`client_id`, RFC 9068, or `azp`). Recorded; no rule asks for it. */
  readonly client?: string;
}

/** How a call that the gateway itself answered ended; the `code` of `_meta["dev.countersign/outcome"]`. */
export type OutcomeCode =
  'blocked' | 'limited' | 'paused' | 'pending' | 'denied' | 'expired' | 'withheld' | 'unknown' | 'unavailable';

export const OUTCOME_META_KEY = 'dev.countersign/outcome';

/** JSON as RFC 8259 has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON-RPC id as its sender wrote it. */
export type RequestId = string | number;
