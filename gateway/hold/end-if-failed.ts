import type { RecordedCall } from '../call.ts';
import type { Recorder } from '../record/recorder.ts';
import { ProtocolRefusal } from '../receive/protocol-refusal.ts';
import type { FinalAnswer } from '../release/reply.ts';
import type { WaitingCalls } from './waiting-calls.ts';

export interface EndIfFailedParts {
  readonly recorder: Recorder;
  readonly waiting: WaitingCalls;
}

/** The call lives on as a task, and ends as one. */
export class TaskStands extends Error {
  override readonly name = 'TaskStands';
}

/**
 * A recorded call whose handling fails on the way, as it does in an outage, was not made, and its record says so as soon
 * as it can. What runs already is ended by its execution; what became a task, with the task.
 */
export async function endIfFailed(
  { recorder, waiting }: EndIfFailedParts,
  call: RecordedCall,
  handle: () => Promise<FinalAnswer>,
): Promise<FinalAnswer> {
  try {
    return await handle();
  } catch (error) {
    const runs = waiting.get(call.callId)?.executing === true;
    waiting.settle(call.callId, false);
    if (error instanceof TaskStands) throw error.cause;
    // Whoever refuses by the protocol has recorded the refusal.
    if (!runs && !(error instanceof ProtocolRefusal)) {
      void recorder.closeQuietly(call, 'unavailable', { why: 'it failed on the way' }).catch(() => undefined);
    }
    throw error;
  }
}
