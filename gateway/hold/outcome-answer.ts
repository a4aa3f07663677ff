import type { RequestId } from '../../workflows/contract/call.ts';
import type { ApprovalOutcome, ApprovalRequest } from '../../workflows/contract/approval.ts';
import type { RecordedCall } from '../call.ts';
import type { Refusal } from '../release/refusals.ts';
import type { FinalAnswer } from '../release/reply.ts';

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

/** Puts the caller's own request id into a recorded answer, and touches no other byte of it. */
export function answerFor(recorded: Buffer, id: RequestId): FinalAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, bytes: withId(recorded, id) };
}

function withId(recorded: Buffer, id: RequestId): Buffer {
  const text = recorded.toString('utf8');
  const span = topLevelIdSpan(text);
  if (span === undefined) return recorded;
  return Buffer.from(text.slice(0, span.start) + JSON.stringify(id) + text.slice(span.end));
}

/** Finds the value of the top-level `id`, which is a string or a number, by walking over everything else. */
function topLevelIdSpan(text: string): { start: number; end: number } | undefined {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]|-?[0-9][0-9eE+.-]*/gy;
  const skip = /[\s,:]*|true|false|null/y;
  let depth = 0;
  let key = '';
  for (let at = 0; at < text.length;) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) {
      skip.lastIndex = at;
      at += Math.max(skip.exec(text)?.[0].length ?? 1, 1);
      continue;
    }
    const [value] = match;
    at = token.lastIndex;
    if (value === '{' || value === '[') depth += 1;
    else if (value === '}' || value === ']') depth -= 1;
    else if (depth === 1 && key === '"id"') return { start: match.index, end: at };
    else if (depth === 1) key = /^\s*:/.test(text.slice(at, at + 8)) ? value : '';
  }
  return undefined;
}
