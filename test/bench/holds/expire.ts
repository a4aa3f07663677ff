import { eventually } from '../../support/eventually.ts';
import { openHolds } from './open.ts';
import type { HoldsWorld } from './world.ts';

const expiresAfterMs = 60_000;
const closedMsMax = 30 * 60_000;

/** Lets many calls expire within a short time; says how long after the last one's time all cases were closed. */
export async function measureExpiry(holds: HoldsWorld, count: number, say: (line: string) => void): Promise<void> {
  const others = await holds.openApprovals();
  const ranBefore = await holds.executions();
  const { seconds } = await openHolds(holds, 'expiring', count, say);
  const lastDue = performance.now() + expiresAfterMs;
  await eventually(
    'all of them are closed',
    async () => ((await holds.openApprovals()) === others ? true : undefined),
    closedMsMax,
  );
  const lateMs = Math.max(performance.now() - lastDue, 0);
  const ran = (await holds.executions()) - ranBefore;
  if (ran !== 0) throw new Error(`${ran} of the calls that expired ran`);
  say(
    `${count} calls opened within ${seconds.toFixed(0)} s expired and none ran; the last was closed ` +
      `${(lateMs / 1_000).toFixed(1)} s after its time`,
  );
}
