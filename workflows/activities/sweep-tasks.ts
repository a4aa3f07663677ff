import { endOfCall, type EntryDraft } from '../contract/entry.ts';
import type { SweepParts } from './sweep-open-calls.ts';

const tasksPerSweepMax = 100;

interface OverdueTask {
  readonly id: string;
  readonly call_id: string;
  readonly approval_id: string;
  readonly session_id: string;
  readonly connection: string;
  readonly principal: string;
}

/**
 * Ends the tasks that wait beyond the end of their grant: their case was never started, or somebody ended its workflow
 * from outside. Nothing ran, nothing may run any more, and what was sealed for them goes. Returns how many.
 */
export async function sweepTasks({ pool, ledger, now }: Pick<SweepParts, 'pool' | 'ledger' | 'now'>): Promise<number> {
  const { rows } = await pool.query<OverdueTask>(
    `select id, call_id, approval_id, session_id, connection, principal from countersign.task
     where state = 'waiting' and open_until < $1 order by open_until limit $2`,
    [now(), tasksPerSweepMax],
  );
  if (rows.length === 0) return 0;
  await ledger.append(rows.map(closingEntry));
  await pool.query(
    `update countersign.task set state = 'ended', updated_at = $2, sealed = null
     where id = any($1) and state = 'waiting'`,
    [rows.map(({ id }) => id), now()],
  );
  return rows.length;
}

function closingEntry(task: OverdueTask): EntryDraft {
  return {
    kind: 'call.closed',
    callId: task.call_id,
    sessionId: task.session_id,
    approvalId: task.approval_id,
    connection: task.connection,
    principal: task.principal,
    outcome: 'expired',
    once: endOfCall(task.call_id),
    facts: { code: 'expired', why: 'nobody ended its case' },
  };
}
