import { setTimeout as pause } from 'node:timers/promises';
import type { ForwardResult } from '../../workflows/contract/recording.ts';
import { GuardRefused, LedgerUnavailable } from '../../workflows/evidence/ledger.ts';
import type { MaskedMessage, RecordedCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import type { ForwardedMessage } from '../forward/forward-call.ts';
import { execute, type Steps } from '../pipeline.ts';
import type { Recorder } from '../record/recorder.ts';
import { answerFacts } from '../record/answer-facts.ts';
import { refusalAfter } from '../release/give-up.ts';
import type { FinalAnswer } from '../release/reply.ts';
import type { Executions } from './executions.ts';
import { wrapContinuation } from './follow-up.ts';
import type { RequestStates } from './request-state.ts';

export type HeldExecution = (call: RecordedCall, approvalId: string) => Promise<ForwardResult>;

const recordAgainAfterMs = 1_000;

/** Nothing leaves from here: the answer is recorded now and released by its own activity. */
const notReleasedHere: FinalAnswer = { status: 200, headers: {}, bytes: Buffer.alloc(0) };

/**
 * The pipeline's own {@link execute}, with the fence around its two endings: an answer, or the lack of one, is
 * recorded only while this process holds the execution. Whoever lost it finds the call settled as `unknown`.
 */
export function heldExecution(
  steps: Steps<ForwardedMessage>,
  recorder: Recorder,
  executions: Executions,
  states: RequestStates,
): HeldExecution {
  return async (call, approvalId) => {
    let result: ForwardResult = { code: 'unknown' };
    await execute(call, {
      ...steps,
      recordAnswer: async (_call, message) => {
        const wrapped = wrapContinuation(states, call, approvalId, message);
        result = await recordUnderFence(recorder, executions, call, wrapped);
        return notReleasedHere;
      },
      giveUp: async (_call, error) => {
        result = await giveUpUnderFence(recorder, executions, call, error);
        return notReleasedHere;
      },
    });
    return result;
  };
}

async function recordUnderFence(
  recorder: Recorder,
  executions: Executions,
  call: RecordedCall,
  message: MaskedMessage & ForwardedMessage,
): Promise<ForwardResult> {
  const facts = answerFacts(message);
  const entry = await untilRecorded(() =>
    recorder.answer(call, message, facts, executions.endGuard(call.callId, 'answered')),
  );
  return {
    code: 'answered',
    receipt: {
      callId: call.callId,
      commitment: entry.commitment ?? '',
      seq: entry.seq,
      bytes: message.bytes.length,
      maskedFields: message.hits.length,
      toolError: facts.toolError,
    },
  };
}

async function giveUpUnderFence(
  recorder: Recorder,
  executions: Executions,
  call: RecordedCall,
  error: unknown,
): Promise<ForwardResult> {
  if (error instanceof GuardRefused) return { code: 'unknown' };
  const refusal = refusalAfter(call, error);
  // A case knows no such ending: what its server asked for is refused, so its answer is withheld.
  const code = refusal.code === 'blocked' ? 'withheld' : refusal.code;
  if (code !== 'unknown' && code !== 'withheld' && code !== 'unavailable') throw error;
  try {
    await untilRecorded(() => recorder.close(call, { ...refusal, code }, executions.endGuard(call.callId, code)));
  } catch (failure) {
    if (failure instanceof GuardRefused) return { code: 'unknown' };
    throw failure;
  }
  return code === 'unknown' ? { code } : { code, reason: refusal.sentence };
}

/** What ran is recorded as soon as the ledger is back; until then this process keeps its lease and the answer. */
async function untilRecorded<T>(record: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await record();
    } catch (error) {
      const outage = error instanceof LedgerUnavailable || error instanceof GatewayError;
      if (!outage) throw error;
      await pause(recordAgainAfterMs);
    }
  }
}
