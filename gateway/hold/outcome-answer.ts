import type { RequestId } from '../../workflows/contract/call.ts';
import type { ApprovalOutcome, ApprovalRequest } from '../../workflows/contract/approval.ts';
import type { Era, RecordedCall } from '../call.ts';
import type { Refusal } from '../release/refusals.ts';
import type { FinalAnswer } from '../release/reply.ts';

/** A colon follows its key at once in what servers write; this much space is more than any of them leaves. */
const keyGapMax = 8;

type Refused = Exclude<ApprovalOutcome, { code: 'answered' }> | { readonly code: 'pending' };

/** What a caller reads of an outcome. Approvers' names stay out of it; a deny's reason was written for the caller. */
export function refusalFor(outcome: Refused, call: RecordedCall, request: ApprovalRequest, url: string): Refusal {
  const { approvalId, ruleIds, expiresAt } = request;
  const reason = 'reason' in outcome && outcome.reason !== undefined ? { reason: outcome.reason } : {};
  const rule = ruleIds[0] === undefined ? {} : { rule: ruleIds[0] };
  const sentence = sentenceFor(outcome, `${request.connection}.${request.tool}`, approvalId, expiresAt);
  return { code: outcome.code, callId: call.callId, approvalId, sentence, url, ...rule, ...reason };
}

function sentenceFor(outcome: Refused, what: string, approvalId: string, expiresAt: string): string {
  switch (outcome.code) {
    case 'pending':
      return (
        `Approval pending: ${what} waits for a person to approve it (${approvalId}, expires ${expiresAt}). ` +
        'Nothing ran. Call again with the same arguments to go on waiting or to fetch the result.'
      );
    case 'denied':
      return `Denied: an approver refused ${what} (${approvalId}). Nothing ran.${outcome.reason === undefined ? '' : ` Reason: ${outcome.reason}`}`;
    case 'expired':
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
  let text = recorded.toString('utf8');
  const id = topLevelToken(text, '"id"');
  if (id !== undefined) text = text.slice(0, id.start) + JSON.stringify(call.id) + text.slice(id.end);
  const result = call.era === 'modern' ? topLevelToken(text, '"result"') : undefined;
  if (result !== undefined && !text.includes('"resultType"')) {
    const comma = /^\s*\}/.test(text.slice(result.end)) ? '' : ',';
    text = `${text.slice(0, result.end)}"resultType":"complete"${comma}${text.slice(result.end)}`;
  }
  return { status: 200, headers: { 'content-type': 'application/json' }, bytes: Buffer.from(text) };
}

/** Where the value of a top-level member begins: all of a string or number, the opening brace of an object. */
function topLevelToken(text: string, member: string): { start: number; end: number } | undefined {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]|-?[0-9][0-9eE+.-]*/gy;
  let depth = 0;
  let key = '';
  for (let at = 0; at < text.length;) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) {
      at += 1;
      continue;
    }
    const [value] = match;
    at = token.lastIndex;
    if (depth === 1 && key === member) return { start: match.index, end: at };
    if (value === '{' || value === '[') depth += 1;
    else if (value === '}' || value === ']') depth -= 1;
    key = depth === 1 && /^\s*:/.test(text.slice(at, at + keyGapMax)) ? value : '';
  }
  return undefined;
}
