import type { ApprovalRequest } from '../contract/approval.ts';

/** At most this part of the time that approvers have, */
const delayShareMax = 1 / 20;
/** and never more than people would notice. */
const delayMsMax = 5_000;
const spreadDigits = 8;

/**
 * PURE. How long after its time a case that nobody decided closes, in milliseconds. Cases that are opened together
 * expire together; this spreads what their ends cost. It is derived from the id, so that replays find the same.
 */
export function closingDelayMs({ approvalId, rule }: ApprovalRequest): number {
  const digits = approvalId.replaceAll('-', '').slice(-spreadDigits);
  const share = Number.parseInt(digits, 16) / 16 ** spreadDigits;
  return Number.isNaN(share) ? 0 : Math.floor(share * Math.min(rule.expiresAfterMs * delayShareMax, delayMsMax));
}
