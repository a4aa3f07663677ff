import { series, type Series } from './curve.ts';
import { cpuMsOfAll } from '../processes.ts';
import { measure, type Target } from '../load.ts';

/** What calls cost at one size. Milliseconds. */
export interface CallCost {
  readonly gatewayCpu: number;
  readonly postgresCpu: number;
  readonly p50: number;
}

export interface Turn {
  readonly target: Target;
  /** What PostgreSQL is asked before and after: how far its log of changes has got, in bytes. */
  readonly walBytes?: () => Promise<number>;
}

export interface Pace {
  readonly rounds: number;
  readonly seconds: number;
  readonly inFlight: number;
}

const warmUpSeconds = 0.5;

/**
 * Measures all sizes in turns, so that a busy moment of the machine hits them alike, and keeps the best round of each:
 * what disturbs a machine only ever adds.
 */
export async function takeTurns(
  turns: readonly Turn[],
  postgresPid: number,
  { rounds, seconds, inFlight }: Pace,
  say: (line: string) => void,
): Promise<readonly (CallCost & { readonly walBytes: number })[]> {
  const best = turns.map(() => ({ gatewayCpu: Infinity, postgresCpu: Infinity, p50: Infinity, walBytes: Infinity }));
  for (let round = 1; round <= rounds; round += 1) {
    say(`  calls, round ${round} of ${rounds}`);
    for (const [index, { target, walBytes = () => Promise.resolve(NaN) }] of turns.entries()) {
      await measure(target, inFlight, warmUpSeconds);
      const before = { cpu: cpuMsOfAll(postgresPid), wal: await walBytes() };
      const { calls, cpu, p50 } = await measure(target, inFlight, seconds);
      const found = {
        gatewayCpu: cpu,
        postgresCpu: (cpuMsOfAll(postgresPid) - before.cpu) / calls,
        p50,
        walBytes: ((await walBytes()) - before.wal) / calls,
      };
      const kept = best[index];
      if (kept === undefined) continue;
      for (const name of ['gatewayCpu', 'postgresCpu', 'p50', 'walBytes'] as const) {
        kept[name] = Math.min(kept[name], found[name]);
      }
    }
  }
  return best;
}

/** The lines that every curve has. Of the clock nothing is promised: it is the disk's and the neighbours' as well. */
export function costOfCalls(calls: readonly CallCost[]): Series[] {
  const each = (read: (cost: CallCost) => number): number[] => calls.map(read);
  return [
    series(
      'gateway, cpu ms',
      each(({ gatewayCpu }) => gatewayCpu),
    ),
    series(
      'PostgreSQL, cpu ms',
      each(({ postgresCpu }) => postgresCpu),
    ),
    series(
      'p50, ms',
      each(({ p50 }) => p50),
      false,
    ),
  ];
}
