import type { RecordedCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import type { OpenCalls } from '../forward/open-calls.ts';
import type { Refusal } from '../release/refusal.ts';
import { refusalAnswer } from '../release/refusals.ts';
import type { FinalAnswer } from '../release/reply.ts';
import type { Recorder } from './recorder.ts';
import type { WorkflowRun, WorkflowRuns } from './workflow-runs.ts';

/** A worker that is replaced is back within this time; longer, and clients give up by themselves. */
const pickUpMsMax = 30_000;
const releaseMsMax = 30_000;
/** Less than a stopping gateway leaves its callers for a last word. */
const lastReleaseMsMax = 2_000;

export interface InWorkflowParts {
  readonly recorder: Recorder;
  readonly openCalls: OpenCalls;
  readonly runs: WorkflowRuns;
  /** Starts the recording workflow of a call. Rejects when Temporal does not confirm it in time. */
  readonly startRecording: (call: RecordedCall) => Promise<unknown>;
}

/** Why a call was never sent. */
class NotBegun extends Error {
  override readonly name = 'NotBegun';
  readonly outcome: 'unavailable' | 'cancelled';

  constructor(outcome: 'unavailable' | 'cancelled', message: string) {
    super(message);
    this.outcome = outcome;
  }
}

/**
 * Has an allowed call run by the recording workflow, for policies that say `record: workflow`: its history then shows
 * that the answer was recorded, and only after that released. Without Temporal nothing is sent.
 */
export async function recordInWorkflow(
  parts: InWorkflowParts,
  call: RecordedCall,
  execute: () => Promise<FinalAnswer>,
): Promise<FinalAnswer> {
  const { callId, reply } = call;
  let deadline: NodeJS.Timeout | undefined;
  const run = parts.runs.add(callId, async () => {
    clearTimeout(deadline);
    const answer = await execute();
    deadline = setTimeout(unconfirmed, reply.isCut ? lastReleaseMsMax : releaseMsMax);
    return answer;
  });
  const unavailable = (why: string) => (): void => void run.withdraw(new NotBegun('unavailable', why));
  const unconfirmed = (): void => run.fail(new GatewayError('ANSWER_UNRECORDED', { detail: 'Temporal is away' }));
  deadline = setTimeout(unavailable('Temporal did not have it run in time'), pickUpMsMax);
  const unhook = reply.whenCut((why) => unavailable(why)());
  const underWay = parts.openCalls.begin(call, () => takeBack(parts, call, run));
  void parts.startRecording(call).catch(unavailable('Temporal cannot be reached'));
  try {
    return await run.released;
  } catch (error) {
    parts.runs.settle(callId, false);
    if (!(error instanceof NotBegun)) throw error;
    return await endUnsent(parts, call, error);
  } finally {
    clearTimeout(deadline);
    unhook();
    underWay.end();
  }
}

/** Its caller cancels: once it runs, that ends it as it ends any other call. */
function takeBack({ openCalls }: InWorkflowParts, call: RecordedCall, run: WorkflowRun): void {
  if (!run.withdraw(new NotBegun('cancelled', 'the caller cancelled it'))) openCalls.takeBack(call, call.id);
}

async function endUnsent({ recorder }: InWorkflowParts, call: RecordedCall, why: NotBegun): Promise<FinalAnswer> {
  const what = `${call.connection.name}.${call.tool ?? call.method}`;
  const sentence = `Unavailable: ${what} must be recorded in Temporal, and ${why.message}. Nothing ran; try again.`;
  const refusal: Refusal = { code: 'unavailable', callId: call.callId, sentence };
  if (why.outcome === 'cancelled') await recorder.closeQuietly(call, 'cancelled', { why: why.message });
  else await recorder.close(call, refusal);
  return refusalAnswer(call, refusal);
}
