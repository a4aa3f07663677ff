import type pg from 'pg';
import { endOfCall, type EntryDraft } from '../contract/entry.ts';
import { passFailpoint } from '../contract/failpoint.ts';
import type { LeaseWatch } from '../evidence/lease-watch.ts';
import type { Ledger } from '../evidence/ledger.ts';

export interface SweepParts {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  readonly watch: LeaseWatch;
  readonly now: () => Date;
}

/** One sweep closes at most this many calls of one gateway, so that a large backlog does not hold the log. */
const callsPerSweepMax = 500;

interface Instance {
  readonly id: string;
  readonly leaseUntil: Date;
  readonly stopped: boolean;
}

interface OpenCall {
  readonly call_id: string;
  readonly connection: string | null;
  readonly tool: string | null;
  readonly principal: string | null;
  readonly verdict: string | null;
}

/**
 * Ends the calls that a dead gateway left open. What may have been forwarded becomes `unknown`; what was still held
 * is `pending`, since nothing ran and its case goes on. An execution under a fence is settled by its own workflow, and
 * a task needs no gateway in particular.
 * Returns how many calls were closed.
 */
export async function sweepOpenCalls(parts: SweepParts): Promise<number> {
  const { rows } = await parts.pool.query<Instance>(
    `select id, lease_until as "leaseUntil", stopped_at is not null as stopped
     from countersign.gateway_instance where swept_at is null`,
  );
  const dead = rows.filter(({ id, leaseUntil, stopped }) => parts.watch.isSilent(id, leaseUntil) || stopped);
  let closed = 0;
  for (const { id } of dead) closed += await sweepInstance(parts, id);
  return closed;
}

async function sweepInstance({ pool, ledger, now }: SweepParts, instance: string): Promise<number> {
  const { rows } = await pool.query<OpenCall>(
    `select received.call_id, received.connection, received.tool, received.principal, received.outcome as verdict
     from ledger.entry received
     where received.instance = $1 and received.kind = 'request.received'
       and not exists (
         select from ledger.entry ending
         where ending.call_id = received.call_id and ending.kind in ('response.recorded', 'call.closed'))
       and not exists (
         select from countersign.execution
         where execution.call_id = received.call_id and execution.state = 'executing')
       and not exists (
         select from countersign.task
         where task.call_id = received.call_id and task.state in ('waiting', 'executing'))
     order by received.seq limit $2`,
    [instance, callsPerSweepMax],
  );
  if (rows.length > 0) {
    await ledger.append(rows.map((call) => closingEntry(call, instance)));
    passFailpoint('worker.calls-swept');
  }
  if (rows.length < callsPerSweepMax) {
    await pool.query(`update countersign.gateway_instance set swept_at = $2 where id = $1`, [instance, now()]);
  }
  return rows.length;
}

function closingEntry(call: OpenCall, gateway: string): EntryDraft {
  const code = call.verdict === 'hold' ? 'pending' : 'unknown';
  return {
    kind: 'call.closed',
    callId: call.call_id,
    outcome: code,
    once: endOfCall(call.call_id),
    facts: { code, why: 'its gateway stopped before an answer was recorded', gateway },
    ...(call.connection === null ? {} : { connection: call.connection }),
    ...(call.tool === null ? {} : { tool: call.tool }),
    ...(call.principal === null ? {} : { principal: call.principal }),
  };
}
