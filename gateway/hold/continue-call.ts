import type { RecordedCall } from '../call.ts';
import type { ForwardedMessage } from '../forward/forward-call.ts';
import { execute, type Steps } from '../pipeline.ts';
import type { Recorder } from '../record/recorder.ts';
import type { FinalAnswer } from '../release/reply.ts';
import { wrapContinuation } from './follow-up.ts';
import type { RequestStates } from './request-state.ts';

export interface ContinueParts {
  readonly recorder: Recorder;
  readonly requestStates: RequestStates;
}

/**
 * Goes on with an approved call whose server asked its caller for more (MCP 2026-07-28, basic/patterns/mrtr). The
 * state it brought was good for one return, so this too runs at most once; it needs no approval of its own.
 */
export async function continueCall(
  { recorder, requestStates }: ContinueParts,
  steps: Steps<ForwardedMessage>,
  call: RecordedCall,
  approvalId: string,
): Promise<FinalAnswer> {
  await recorder.continued(call, approvalId);
  return execute(call, {
    ...steps,
    recordAnswer: (each, message) =>
      steps.recordAnswer(each, wrapContinuation(requestStates, call, approvalId, message)),
  });
}
