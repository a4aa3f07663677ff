import type pg from 'pg';
import { endOfCall } from '../contract/entry.ts';
import { passFailpoint } from '../contract/failpoint.ts';
import type { ForwardResult, RecordingRequest } from '../contract/recording.ts';
import { GuardRefused, type Ledger } from '../evidence/ledger.ts';
import { findReceipt } from '../evidence/receipts.ts';
import { isSilent, lookAtLease } from './look-at-lease.ts';

export interface SettlementParts {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  readonly now: () => Date;
}

interface ExecutionRow {
  readonly state: 'executing' | 'answered' | 'unknown' | 'withheld' | 'unavailable' | 'aborted';
  readonly leaseUntil: Date;
  readonly silent: boolean;
}

/**
 * Settles an execution whose gateway fell silent, from the fence alone.
 *
 * No fence: nothing was sent; a row bars the silent executor from sending it later (`not_executed`).
 * Fence without an answer, lease expired by the clock or by what was watched: it may have run, so it is `unknown` and
 * never runs again. A lease that is renewed meanwhile wins.
 * Throws while the executor's lease holds; Temporal retries until it has expired or the answer is there.
 */
export async function settleExecution(parts: SettlementParts, recording: RecordingRequest): Promise<ForwardResult> {
  const { callId, approvalId, attempt = 1 } = recording;
  await parts.pool.query(
    `insert into countersign.execution
       (call_id, approval_id, state, executor, lease_until, started_at, ended_at, attempt)
     values ($1, $2, 'aborted', 'settlement', $3, $3, $3, $4)
     on conflict (call_id) do update set attempt = $4
     where execution.state = 'aborted' and execution.attempt < $4`,
    [callId, approvalId, parts.now(), attempt],
  );
  const execution = await lookAtExecution(parts, callId);
  // The unique index on the approval's fence can also refuse our row: then another call holds the fence.
  if (execution === undefined || execution.state === 'aborted') {
    return { code: 'not_executed', reason: 'The gateway that held the caller is gone.', lost: true };
  }
  if (execution.state === 'answered') {
    const receipt = await findReceipt(parts.pool, callId);
    if (receipt === undefined) throw new Error(`The recorded answer of ${callId} cannot be found.`);
    return { code: 'answered', receipt };
  }
  if (execution.state === 'withheld' || execution.state === 'unavailable') {
    return { code: execution.state, reason: 'The answer could not be released.' };
  }
  if (execution.state !== 'executing') return { code: 'unknown' };
  const { leaseUntil, silent } = execution;
  if (!silent && leaseUntil > parts.now()) throw new Error(`The lease on ${callId} still holds.`);
  await recordUnknown(parts, recording, leaseUntil);
  return { code: 'unknown' };
}

async function lookAtExecution({ pool }: SettlementParts, callId: string): Promise<ExecutionRow | undefined> {
  const { rows } = await pool.query<ExecutionRow>(
    `update countersign.execution set ${lookAtLease} where call_id = $1
     returning state, lease_until as "leaseUntil", ${isSilent} as silent`,
    [callId],
  );
  return rows[0];
}

/** One of executor and settlement wins: both require the row to be `executing` in the commit that records. */
async function recordUnknown(
  { ledger, now }: SettlementParts,
  recording: RecordingRequest,
  leaseUntil: Date,
): Promise<void> {
  const { callId, approvalId, connection, tool } = recording;
  const drafts = [
    {
      kind: 'call.closed' as const,
      callId,
      approvalId,
      connection,
      tool,
      outcome: 'unknown',
      once: endOfCall(callId),
      facts: { code: 'unknown' },
    },
  ];
  try {
    await ledger.append(drafts, {
      text: `update countersign.execution set state = 'unknown', ended_at = $2
             where call_id = $1 and state = 'executing' and lease_until = $3`,
      values: [callId, now(), leaseUntil],
    });
  } catch (error) {
    if (error instanceof GuardRefused) throw new Error(`The executor of ${callId} came back.`, { cause: error });
    throw error;
  }
  passFailpoint('worker.execution-settled');
}
