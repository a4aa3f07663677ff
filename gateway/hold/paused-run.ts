import type { ForwardResult, RecordingRequest } from '../../workflows/contract/recording.ts';
import type { KnownCall } from '../call.ts';
import type { Pauses } from '../limits/pauses.ts';
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
