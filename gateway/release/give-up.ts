import { LedgerUnavailable } from '../../workflows/evidence/ledger.ts';
import type { RecordedCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import { AnswerComesElsewhere, timeoutOf } from '../forward/forward-call.ts';
import type { OpenCalls } from '../forward/open-calls.ts';
import { UpstreamFailure } from '../forward/upstream.ts';
import { MaskingFailed } from '../masking/masker.ts';
import type { Recorder } from '../record/recorder.ts';
import { ScreeningFailed } from '../screen/screening-failed.ts';
import { ServerRequestRefused } from '../screen/requests/server-requests.ts';
import type { Refusal } from './refusal.ts';
import { refusalAnswer } from './refusals.ts';
import type { FinalAnswer } from './reply.ts';

const nothing: FinalAnswer = { status: 200, headers: {}, bytes: Buffer.alloc(0) };

export interface GiveUpParts {
  readonly recorder: Recorder;
  readonly openCalls: OpenCalls;
}

/** Ends an ungated call whose server gave no answer that may be released, and says so in its record. */
export async function giveUp(parts: GiveUpParts, call: RecordedCall, error: unknown): Promise<FinalAnswer> {
  const { recorder, openCalls } = parts;
  if (error instanceof LedgerUnavailable) throw new GatewayError('ANSWER_UNRECORDED', { cause: error });
  if (error instanceof GatewayError) {
    // The request stands in the ledger, so its end must too, and what was under way must not be called "not made".
    void recorder.closeQuietly(call, 'unknown', { why: error.code }).catch(() => undefined);
    throw error.code === 'EVIDENCE_UNAVAILABLE' ? new GatewayError('ANSWER_UNRECORDED', { cause: error }) : error;
  }
  if (error instanceof AnswerComesElsewhere) {
    await openCalls.awaitElsewhere(call, timeoutOf(call));
    call.reply.end();
    return nothing;
  }
  const refusal = refusalAfter(call, error);
  if (error instanceof UpstreamFailure && error.kind === 'taken_back') {
    await recorder.closeQuietly(call, 'cancelled', { why: error.message });
    return refusalAnswer(call, refusal);
  }
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
  if (error instanceof ServerRequestRefused) return refuse('blocked', error.message);
  if (error instanceof ScreeningFailed) return refuse('withheld', `Withheld: the answer of ${what}: ${error.message}.`);
  if (error instanceof MaskingFailed) {
    return refuse(
      'withheld',
      `Withheld: the answer of ${what} could not be masked, so it is not released. ${error.message}`,
    );
  }
  if (error instanceof UpstreamFailure && error.kind === 'unreadable') {
    return refuse('withheld', `Withheld: the answer of ${what} is not UTF-8 and cannot be masked.`);
  }
  if (error instanceof UpstreamFailure && error.kind === 'nothing_sent') {
    return refuse('unavailable', `Unavailable: the server of ${what} cannot be reached. Nothing ran; try again.`);
  }
  if (error instanceof UpstreamFailure && error.kind === 'too_large') {
    return refuse('withheld', `Withheld: the answer of ${what} is larger than 16 MiB and cannot be masked whole.`);
  }
  if (error instanceof UpstreamFailure && error.kind === 'timed_out') {
    const seconds = timeoutOf(call) / 1_000;
    return refuse(
      'unknown',
      `Outcome unknown: ${what} was sent, and its server did not answer within ${seconds} s. It may have run.`,
    );
  }
  if (error instanceof UpstreamFailure && (error.kind === 'stopped' || error.kind === 'taken_back')) {
    return refuse('unknown', `Outcome unknown: ${what} was sent, and then ${error.message}. It may have run.`);
  }
  return refuse('unknown', `Outcome unknown: ${what} was sent and its server did not answer. It may have run.`);
}
