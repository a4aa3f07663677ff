import type pg from 'pg';
import { endOfCall, type EntryDraft } from '../contract/entry.ts';
import { passFailpoint } from '../contract/failpoint.ts';
import type { Ledger } from '../evidence/ledger.ts';
import { isSilent, lookAtLease } from './look-at-lease.ts';

export interface SweepParts {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  /** Name of the log without its month. */
  readonly origin: string;
  readonly now: () => Date;
}

/** So many calls are looked at, and closed, at a time. A ledger takes as many in one append. */
const callsPerPage = 500;
/** A gateway that is far ahead is followed over several sweeps, so that the others get their turn. */
const pagesPerSweepMax = 200;

interface Instance {
  readonly id: string;
  /** Its lease stood still for longer than leases last, or it has said goodbye. */
  readonly dead: boolean;
  readonly sweptLog: string | null;
  /** Comes as a text, as all big integers do. */
  readonly sweptSeq: string | null;
}

interface Log {
  readonly log: string;
  readonly sealed: boolean;
}

interface ReceivedCall {
  readonly seq: string;
  readonly call_id: string;
  readonly connection: string | null;
  readonly tool: string | null;
  readonly principal: string | null;
  readonly verdict: string | null;
  /** `settled`: it has its end, or is a task under way. `executing`: its fence is held. */
  readonly state: 'settled' | 'executing' | 'open';
}

/** Calls up to here are settled. */
interface Mark {
  readonly log: string;
  readonly seq: number;
}

/**
 * Ends the calls that a dead gateway left open. What may have been forwarded becomes `unknown`; what was still held
 * is `pending`, since nothing ran and its case goes on. An execution under a fence is settled by its own workflow, and
 * a task needs no gateway in particular.
 *
 * Living gateways are followed through the ledger, as far as their calls have ended: so little is left to look at when
 * one dies, however many calls it has served. Returns how many calls were closed.
 */
export async function sweepOpenCalls(parts: SweepParts): Promise<number> {
  // A gateway that another worker looks at, or that renews its lease, at this very moment needs no look of ours.
  const { rows: instances } = await parts.pool.query<Instance>(
    `update countersign.gateway_instance set ${lookAtLease}
     where id in (select id from countersign.gateway_instance where swept_at is null for update skip locked)
     returning id, ${isSilent} or stopped_at is not null as dead, swept_log as "sweptLog", swept_seq as "sweptSeq"`,
  );
  if (instances.length === 0) return 0;
  // Before their entries are read: a log that is sealed by now has got all it will ever have.
  const { rows: logs } = await parts.pool.query<Log>(
    'select log, sealed from ledger.log_state where origin = $1 order by month',
    [parts.origin],
  );
  let closed = 0;
  for (const instance of instances) closed += await sweepInstance(parts, instance, logs);
  return closed;
}

async function sweepInstance(parts: SweepParts, instance: Instance, logs: readonly Log[]): Promise<number> {
  const { id, dead, sweptLog, sweptSeq } = instance;
  const known = logs.some(({ log }) => log === sweptLog);
  let at: Mark | undefined =
    known && sweptLog !== null ? { log: sweptLog, seq: Number(sweptSeq) } : { log: logs[0]?.log ?? '', seq: -1 };
  let mark = at;
  let isMarkFree = true;
  let closed = 0;
  for (let page = 0; at !== undefined && page < pagesPerSweepMax; page += 1) {
    const calls = await loadCalls(parts, id, at);
    const open = dead ? calls.filter(({ state }) => state === 'open') : [];
    if (open.length > 0) await parts.ledger.append(open.map((call) => closingEntry(call, id)));
    closed += open.length;
    const left = calls.findIndex(({ state }) => state === 'executing' || (state === 'open' && !dead));
    const next = nextAfter(at, calls, logs);
    if (isMarkFree) mark = left < 0 ? (next ?? endOf(at, calls)) : endOf(at, calls.slice(0, left));
    isMarkFree &&= left < 0;
    // What a living gateway has open now may be all that it has from here on.
    at = isMarkFree || dead ? next : undefined;
  }
  if (closed > 0) passFailpoint('worker.calls-swept');
  const done = dead && at === undefined;
  if (done || mark.log !== sweptLog || mark.seq !== Number(sweptSeq)) await saveMark(parts, id, mark, done);
  return closed;
}

/** Where to look next; undefined when the log ends here for now. */
function nextAfter(at: Mark, calls: readonly ReceivedCall[], logs: readonly Log[]): Mark | undefined {
  if (calls.length === callsPerPage) return endOf(at, calls);
  const index = logs.findIndex(({ log }) => log === at.log);
  const next = logs[index + 1];
  return logs[index]?.sealed === true && next !== undefined ? { log: next.log, seq: -1 } : undefined;
}

function endOf(at: Mark, calls: readonly ReceivedCall[]): Mark {
  return { log: at.log, seq: Number(calls.at(-1)?.seq ?? at.seq) };
}

/** The next calls that an instance received. Each is looked up by itself: a join would read all ends of all calls. */
async function loadCalls({ pool }: SweepParts, instance: string, { log, seq }: Mark): Promise<ReceivedCall[]> {
  const { rows } = await pool.query<ReceivedCall>(
    `with page as materialized (
       select seq, call_id, connection, tool, principal, outcome as verdict from ledger.entry
       where log = $1 and instance = $2 and kind = 'request.received' and seq > $3 order by seq limit $4)
     select page.*,
            case when ending.found or task.found then 'settled' when execution.found then 'executing' else 'open' end
              as state
     from page
     left join lateral (
       select true as found from ledger.entry
       where log >= $1 and call_id = page.call_id and kind in ('response.recorded', 'call.closed') limit 1) ending on true
     left join lateral (
       select true as found from countersign.task
       where call_id = page.call_id and state in ('waiting', 'executing') limit 1) task on true
     left join lateral (
       select true as found from countersign.execution
       where call_id = page.call_id and state = 'executing' limit 1) execution on true
     order by page.seq`,
    [log, instance, seq, callsPerPage],
  );
  return rows;
}

async function saveMark({ pool, now }: SweepParts, instance: string, { log, seq }: Mark, done: boolean): Promise<void> {
  await pool.query(
    `update countersign.gateway_instance
     set swept_log = $2, swept_seq = $3, swept_at = case when $4 then $5 else swept_at end where id = $1`,
    [instance, log, seq, done, now()],
  );
}

function closingEntry(call: ReceivedCall, gateway: string): EntryDraft {
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
