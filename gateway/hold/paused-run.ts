import type { ForwardResult, RecordingRequest } from '../../workflows/contract/recording.ts';
import type { KnownCall } from '../call.ts';
import type { Pauses } from '../limits/pauses.ts';
import type { Clearance } from './clear-run.ts';
import type { WaitingCall } from './waiting-calls.ts';

/** A task waits so long in one try; then another follows, so that no gateway keeps it for good. */
const tryMsMax = 10 * 60_000;

export interface PausedRunParts {
  readonly pauses: Pauses;
  readonly now: () => Date;
}

/**
 * An approved call whose caller or connection is paused does not run. Its caller, who waits here, is told so; the grant
 * stays as good as it was, for whoever calls the same once the pause is lifted. Undefined: it may run.
 */
export async function turnAwayPaused(
  { pauses }: PausedRunParts,
  held: WaitingCall,
): Promise<ForwardResult | undefined> {
  await pauses.fresh();
  const pause = pauses.of(held.call);
  if (pause === undefined) return undefined;
  held.deliver({ outcome: { code: 'paused', pause } });
  return { code: 'not_executed', reason: 'It is paused.' };
}

/**
 * The same for a task, which nobody can call again: it waits for the pause to be lifted, as long as its grant is good,
 * and is then tried anew. Undefined: it may run.
 */
export async function waitWhilePaused(
  { pauses, now }: PausedRunParts,
  call: KnownCall,
  { takeUpUntilMs = 0 }: Pick<RecordingRequest, 'takeUpUntilMs'>,
): Promise<ForwardResult | undefined> {
  await pauses.fresh();
  if (pauses.of(call) === undefined) return undefined;
  await pauses.untilLifted(call, Math.min(takeUpUntilMs - now().getTime(), tryMsMax));
  return { code: 'not_executed', reason: 'It was paused.', lost: true };
}

/**
 * Clears an approved call of which `turnAway` finds no pause. Its server is asked on the way, which takes time: what was
 * paused meanwhile, or may have been, is looked at once more, so that nothing lies between the last look and the fence.
 */
export async function clearUnpaused(
  { pauses }: PausedRunParts,
  call: KnownCall,
  turnAway: () => Promise<ForwardResult | undefined>,
  clear: () => Promise<Clearance>,
): Promise<Clearance> {
  for (;;) {
    const paused = await turnAway();
    if (paused !== undefined) return { cleared: false, result: paused };
    const run = await clear();
    if (!run.cleared || pauses.lets(call)) return run;
  }
}
