import type pg from 'pg';
import type { CaseClosing } from '../contract/activities.ts';
import type { ApprovalOutcome } from '../contract/approval.ts';
import type { Json } from '../contract/call.ts';
import { endOfCall, type EntryDraft } from '../contract/entry.ts';
import type { Ledger } from '../evidence/ledger.ts';

export interface TaskCallParts {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
}

interface TaskCall {
  readonly call_id: string;
  readonly session_id: string;
  readonly connection: string;
  readonly principal: string;
}

/**
 * Ends the calls of a closed case's tasks: no caller was at the line whose gateway would have done it. May run twice;
 * a call that has its end keeps it.
 */
export async function closeTaskCalls({ pool, ledger }: TaskCallParts, closing: CaseClosing): Promise<void> {
  const { approvalId, outcome } = closing;
  const { rows } = await pool.query<TaskCall>(
    `select call_id, session_id, connection, principal from countersign.task
     where approval_id = $1 and state = 'ended' order by call_id`,
    [approvalId],
  );
  const left = rows.filter(({ call_id: callId }) => outcome.code !== 'answered' || outcome.receipt.callId !== callId);
  if (left.length > 0) await ledger.append(left.map((call) => ending(call, approvalId, outcome)));
}

function ending(call: TaskCall, approvalId: string, outcome: ApprovalOutcome): EntryDraft {
  const code = outcome.code === 'answered' ? 'joined' : outcome.code;
  const answer: Record<string, Json> =
    outcome.code === 'answered' ? { answerOf: outcome.receipt.callId, commitment: outcome.receipt.commitment } : {};
  return {
    kind: 'call.closed',
    callId: call.call_id,
    sessionId: call.session_id,
    approvalId,
    connection: call.connection,
    principal: call.principal,
    outcome: code,
    once: endOfCall(call.call_id),
    facts: { code, ...answer, ...policyFacts(outcome) },
  };
}

/** Under which policy an approved call was refused, and by which of its rules. */
export function policyFacts(outcome: ApprovalOutcome): Record<string, Json> {
  if (!('policy' in outcome) || outcome.policy === undefined) return {};
  const { reason, policyDigest, ruleIds } = outcome.policy;
  return { policyDigest, ruleIds, why: reason };
}
