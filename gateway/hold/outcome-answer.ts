import { applyEdits, modify } from 'jsonc-parser';
import type { RequestId } from '../../workflows/contract/call.ts';
import type { ApprovalOutcome, ApprovalRequest } from '../../workflows/contract/approval.ts';
import type { Era, RecordedCall } from '../call.ts';
import type { Refusal } from '../release/refusal.ts';
import type { FinalAnswer } from '../release/reply.ts';

type Refused =
  | Exclude<ApprovalOutcome, { code: 'answered' }>
  /** `running`: it was approved and sent already, and its caller cannot wait for the answer. */
  | { readonly code: 'pending'; readonly running?: boolean };

/** What a caller reads of an outcome. Approvers' names stay out of it; a deny's reason was written for the caller. */
export function refusalFor(
  outcome: Refused,
  call: Pick<RecordedCall, 'callId'>,
  request: ApprovalRequest,
  url: string,
): Refusal {
  const { approvalId, ruleIds, expiresAt } = request;
  const policy = 'policy' in outcome ? outcome.policy : undefined;
  const said = policy?.reason ?? ('reason' in outcome ? outcome.reason : undefined);
  const reason = said === undefined ? {} : { reason: said };
  const ruleId = (policy?.ruleIds ?? ruleIds)[0];
  const rule = ruleId === undefined ? {} : { rule: ruleId };
  const since = policy === undefined ? {} : { policyDigest: policy.policyDigest };
  const sentence = sentenceFor(outcome, `${request.connection}.${request.tool}`, approvalId, expiresAt);
  return { code: outcome.code, callId: call.callId, approvalId, sentence, url, ...rule, ...reason, ...since };
}

function sentenceFor(outcome: Refused, what: string, approvalId: string, expiresAt: string): string {
  switch (outcome.code) {
    case 'pending':
      if (outcome.running === true) {
        return `Approved and running: ${what} (${approvalId}). Call again with the same arguments to fetch the result.`;
      }
      return (
        `Approval pending: ${what} waits for a person to approve it (${approvalId}, expires ${expiresAt}). ` +
        'Nothing ran. Call again with the same arguments to go on waiting or to fetch the result.'
      );
    case 'denied':
      return `Denied: an approver refused ${what} (${approvalId}). Nothing ran.${outcome.reason === undefined ? '' : ` Reason: ${outcome.reason}`}`;
    case 'blocked':
      return `Blocked: ${what} was approved (${approvalId}), but policy has changed since. Nothing ran. ${outcome.policy.reason}`;
    case 'expired':
      if (outcome.policy !== undefined) {
        return `Expired: ${what} was approved (${approvalId}), but ${outcome.policy.reason}. Nothing ran. Call again to ask anew.`;
      }
      return `Expired: nobody approved ${what} in time (${approvalId}). Nothing ran. Call again to ask anew.`;
    case 'unknown':
      return (
        `Outcome unknown: ${what} was approved and sent, but its answer was lost (${approvalId}). It may have run. ` +
        'It is not repeated by itself; check the system before you call again.'
      );
    case 'withheld':
      return `Withheld: the answer of ${what} could not be released (${approvalId}): ${outcome.reason}.`;
    case 'unavailable':
      return `Unavailable: ${what} was approved but its server could not be reached (${approvalId}). Nothing ran.`;
  }
}

/**
 * Puts a recorded answer in the terms of the call that fetches it, and touches no other byte: its own request id, and
 * `resultType`, which revision 2026-07-28 demands, when the call that ran was of an earlier one.
 */
export function answerFor(recorded: Buffer, call: { id: RequestId; era: Era }): FinalAnswer {
  const recordedText = recorded.toString('utf8');
  const text = applyEdits(recordedText, modify(recordedText, ['id'], call.id, {}));
  const headers = { 'content-type': 'application/json' };
  if (call.era === 'legacy') return { status: 200, headers, bytes: Buffer.from(text) };
  const { result, error } = JSON.parse(text) as { result?: object; error?: { code?: unknown } };
  const bytes = Buffer.from(result === undefined || 'resultType' in result ? text : withResultType(text));
  return { status: statusOf(error?.code), headers, bytes };
}

function withResultType(text: string): string {
  return applyEdits(text, modify(text, ['result', 'resultType'], 'complete', { getInsertionIndex: () => 0 }));
}

/** Revision 2026-07-28 gives these errors an HTTP status of their own (basic/transports/streamable-http). */
function statusOf(errorCode: unknown): number {
  switch (errorCode) {
    case -32_020:
    case -32_021:
    case -32_022:
      return 400;
    case -32_601:
      return 404;
    default:
      return 200;
  }
}
