import { isNamed, type Death, type Testimony } from './promises.ts';
import { isEnd, type SeenEntry } from './witness.ts';

/**
 * How soon the calls of a dead gateway have their end, while worker, Temporal and PostgreSQL live: a sweep looks every
 * five seconds, and has then to see the lease stand still for fifteen; an execution falls silent to Temporal after
 * fifteen, and is settled by a retry within five.
 */
export const endMsMax = 30_000;
/** A death costs a sweep the time since the last look before it, and until the first one after it. */
const lostToSweepMs = 10_000;
/** What a dead worker had taken up is given to another one after ten seconds, and tried again within five. */
const lostToSettlementMs = 15_000;
const needed = new Set(['worker', 'temporal', 'postgres']);

/** When a call's task ended, or that it goes on and may be run by any gateway. */
export type TaskEnds = ReadonlyMap<string, { readonly goesOn: boolean; readonly endedAtMs: number }>;

/** Calls that were received and have no end. */
export function openCalls({ byCall }: Testimony): SeenEntry[] {
  return [...byCall.values()].flatMap((entries) => {
    const received = entries.find(({ kind }) => kind === 'request.received');
    return received === undefined || entries.some(isEnd) ? [] : [received];
  });
}

/** Calls that have no end although their gateway is dead, and those that end them have had their time for it. */
export function endsOwed(witness: Testimony, deaths: readonly Death[], tasks: TaskEnds, nowMs: number): string[] {
  return openCalls(witness).flatMap(({ callId, instance }) => {
    const death = deaths.find((each) => isNamed(each.instance, instance));
    const task = tasks.get(callId ?? '');
    if (death === undefined || task?.goesOn === true) return [];
    const isSettled = witness.byCall.get(callId ?? '')?.some(({ kind }) => kind === 'call.executing') === true;
    const lostMs = isSettled || task !== undefined ? lostToSettlementMs : lostToSweepMs;
    const fromMs = Math.max(death.atMs, task?.endedAtMs ?? 0);
    const servedMs = quietMs(deaths, fromMs, nowMs, lostMs);
    if (servedMs <= endMsMax) return [];
    const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
    return [
      `${callId ?? ''} has no end ${seconds(nowMs - fromMs)} after its gateway, ${seconds(servedMs)} of them quiet`,
    ];
  });
}

/** How long everything that ends calls was there, without what each death of it costs. */
function quietMs(deaths: readonly Death[], fromMs: number, toMs: number, lostMs: number): number {
  let quiet = 0;
  let sinceMs = fromMs;
  for (const { atMs, backAtMs = Infinity } of deaths.filter(({ program }) => needed.has(program))) {
    quiet += Math.max(0, Math.min(atMs, toMs) - sinceMs);
    sinceMs = Math.max(sinceMs, backAtMs + lostMs);
  }
  return quiet + Math.max(0, toMs - sinceMs);
}
