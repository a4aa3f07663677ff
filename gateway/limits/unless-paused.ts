import type { RecordedCall } from '../call.ts';
import type { Recorder } from '../record/recorder.ts';
import { refusalAnswer } from '../release/refusals.ts';
import type { FinalAnswer } from '../release/reply.ts';
import type { AdmitParts } from './admit.ts';
import { pausedRefusal } from './turn-away.ts';

export interface UnlessPausedParts extends Pick<AdmitParts, 'pauses' | 'now'> {
  readonly recorder: Recorder;
}

/** Runs a recorded call that had to wait for its turn, or ends it when it was paused meanwhile. */
export async function unlessPaused(
  { pauses, recorder, now }: UnlessPausedParts,
  call: RecordedCall,
  run: () => Promise<FinalAnswer>,
): Promise<FinalAnswer> {
  try {
    await pauses.fresh();
  } catch (error) {
    void recorder.closeQuietly(call, 'unavailable', { why: 'it was not known what is paused' }).catch(() => undefined);
    throw error;
  }
  const pause = pauses.of(call);
  if (pause === undefined) return run();
  const refusal = pausedRefusal(call, pause, now());
  await recorder.close(call, refusal);
  return refusalAnswer(call, refusal);
}
