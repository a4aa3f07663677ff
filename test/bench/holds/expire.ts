import type { TaskView } from '../../support/task-client.ts';
import { decideSome } from './decide.ts';
import { openHolds, type Deadline } from './open.ts';
import { Progress } from './progress.ts';
import { quantiles, type Quantiles } from './quantiles.ts';
import type { HoldsWorld } from './world.ts';

/** Opening takes a while: whoever is opened later gets less time, so that all of them expire at the same moment. */
const stepSeconds = 2;
const shortestSeconds = 40;
/** Slow enough for a busy machine: whoever is opened after the last step expires later. */
const openedPerSecondMin = 10;
const stepsFor = (count: number): number => Math.ceil(count / openedPerSecondMin / stepSeconds);
const connectionOfStep = (step: number): string => `expiring-${String(step)}`;

/** Configuration of the connections whose calls expire together. */
export function expiringConfiguration(count: number): { connections: string; rules: string } {
  const all = Array.from({ length: stepsFor(count) }, (_, step) => connectionOfStep(step));
  const connections = all.map(
    (name) => `  - name: ${name}
    upstream: { url: env:OPS_URL, credential: { bearer: env:OPS_MCP_TOKEN } }`,
  );
  const rules = all.map(
    (name, step) => `  - id: ${name}-needs-sre
    match: { connection: ${name}, tool: apply_config, claims: { groups: deployers } }
    decision: require_approval
    approval:
      { groups: [sre], quorum: 1, grant: 1m, expires: ${String(shortestSeconds + (all.length - step) * stepSeconds)}s }`,
  );
  return { connections: connections.join('\n'), rules: rules.join('\n') };
}

export interface Expiry {
  readonly count: number;
  /** Between the first and the last moment at which one of them expired. */
  readonly dueWithinSeconds: number;
  /** How long after its own moment each was closed. */
  readonly closedAfterMs: Quantiles;
  readonly closedInOneSecondMax: number;
  /** Decisions of others meanwhile. */
  readonly decisionsMeanwhileMs: Quantiles;
}

export interface ExpiryTask {
  readonly count: number;
  /** Decided while the others expire. */
  readonly meanwhile: readonly TaskView[];
  readonly deadline: Deadline;
  readonly say: (line: string) => void;
}

/** Lets many calls expire at the same moment, and decides some others meanwhile. */
export async function measureExpiry(holds: HoldsWorld, task: ExpiryTask): Promise<Expiry> {
  const { count, meanwhile, deadline, say } = task;
  const ranBefore = await holds.executions();
  const last = stepsFor(count) - 1;
  const stepAt = (seconds: number): string => connectionOfStep(Math.min(Math.floor(seconds / stepSeconds), last));
  await openHolds(holds, { count, connection: stepAt, deadline, say });
  say('  waiting until they expire …');
  await untilTheFirstCloses(holds, deadline);
  const progress = new Progress('closed', count, say);
  const decided = await decideSome(holds, meanwhile);
  for (;;) {
    const { closed } = await holds.expired();
    if (closed >= count) break;
    deadline.check(`expiring; ${closed} of ${count} are closed`);
    progress.show(closed);
    await holds.pause();
  }
  const ran = (await holds.executions()) - ranBefore - meanwhile.length;
  if (ran !== 0) throw new Error(`${ran} of the calls that expired ran`);
  const { lateMs, dueWithinSeconds, closedInOneSecondMax } = await holds.expired();
  return {
    count,
    dueWithinSeconds,
    closedAfterMs: quantiles(lateMs),
    closedInOneSecondMax,
    decisionsMeanwhileMs: quantiles(decided),
  };
}

async function untilTheFirstCloses(holds: HoldsWorld, deadline: Deadline): Promise<void> {
  while ((await holds.expired()).closed === 0) {
    deadline.check('waiting for the first to expire');
    await holds.pause();
  }
}
