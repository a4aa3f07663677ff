import { LedgerUnavailable } from '../../workflows/evidence/ledger.ts';
import type { RecordedCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import { AnswerComesElsewhere } from '../forward/forward-call.ts';
import { UpstreamFailure } from '../forward/upstream.ts';
import { MaskingFailed } from '../masking/masker.ts';
import type { Recorder } from '../record/recorder.ts';
import { refusalAnswer, type Refusal } from './refusals.ts';
import type { FinalAnswer } from './reply.ts';

const nothing: FinalAnswer = { status: 200, headers: {}, bytes: Buffer.alloc(0) };

/** Ends an ungated call whose server gave no answer that may be released, and says so in its record. */
export async function giveUp(recorder: Recorder, call: RecordedCall, error: unknown): Promise<FinalAnswer> {
  if (error instanceof LedgerUnavailable) throw new GatewayError('ANSWER_UNRECORDED', { cause: error });
  if (error instanceof GatewayError) throw error;
  if (error instanceof AnswerComesElsewhere) {
    await recorder.closeQuietly(call, 'resumed', { why: 'the server answers on a resumed stream' });
    call.reply.end();
    return nothing;
  }
  if (call.era === 'modern' && call.reply.gone.aborted) {
    await recorder.closeQuietly(call, 'cancelled', { why: 'the caller closed the stream' });
    return nothing;
  }
  const refusal = refusalAfter(call, error);
  await recorder.close(call, refusal);
  return refusalAnswer(call, refusal);
}

/**
 * What a call ends as when its server gave no answer that may be released. Only a failure from before anything was
 * sent is `unavailable`; whatever may have run is `unknown`, and what ran but cannot be shown is `withheld`.
 */
export function refusalAfter(call: RecordedCall, error: unknown): Refusal {
  const what = `${call.connection.name}.${call.tool ?? call.method}`;
  const refuse = (code: Refusal['code'], sentence: string): Refusal => ({ code, callId: call.callId, sentence });
  if (error instanceof MaskingFailed) {
    return refuse('withheld', `Withheld: the answer of ${what} could not be masked, so it is not released.`);
  }
  if (error instanceof UpstreamFailure && error.kind === 'nothing_sent') {
    return refuse('unavailable', `Unavailable: the server of ${what} cannot be reached. Nothing ran; try again.`);
  }
  if (error instanceof UpstreamFailure && error.kind === 'too_large') {
    return refuse('withheld', `Withheld: the answer of ${what} is larger than 16 MiB and cannot be masked whole.`);
  }
  return refuse('unknown', `Outcome unknown: ${what} was sent and its server did not answer. It may have run.`);
}
