import { setTimeout as pause } from 'node:timers/promises';
import type { ApprovalOutcome } from '../../workflows/contract/approval.ts';
import type { RecordedCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import type { Recorder } from '../record/recorder.ts';
import { refusalAnswer, type Refusal } from '../release/refusals.ts';
import type { FinalAnswer } from '../release/reply.ts';
import type { Cases, JoinedCase } from './cases.ts';
import { KeepAlive } from './keep-alive.ts';
import { answerFor, refusalFor } from './outcome-answer.ts';
import type { Delivery, WaitingCall, WaitingCalls } from './waiting-calls.ts';

/** A case that is closing turns late callers away for a moment; then an identical call opens a new one. */
const openAgainAfterMs = 250;
const openAgainMax = 40;

export interface HoldParts {
  readonly cases: Cases;
  readonly waiting: WaitingCalls;
  readonly recorder: Recorder;
  /** Where people find an approval, for refusals. */
  readonly approvalUrl: (approvalId: string) => string;
}

/** Why a wait ended without an outcome. */
type WaitEnd = Delivery | { readonly outcome: { readonly code: 'gone' | 'cancelled' } };

/**
 * Holds one call: opens or joins its case, waits in the way its client can bear (architecture, section 6), and turns
 * the outcome into its answer. The waiting costs a timer and a socket; the case itself waits in Temporal.
 */
export async function holdCall(parts: HoldParts, call: RecordedCall): Promise<FinalAnswer> {
  const { judgement } = call;
  if (judgement.verdict !== 'hold') throw new Error('only a call judged "hold" is held');
  try {
    for (let attempt = 0; attempt < openAgainMax; attempt += 1) {
      const joined = await parts.cases.join(call, judgement.approval);
      await parts.recorder.held(call, joined.approvalId);
      const end = await waitFor(parts, call, joined);
      if (end.outcome.code !== 'case_ended') return await conclude(parts, call, joined, end);
      await pause(openAgainAfterMs);
    }
    throw new GatewayError('APPROVALS_UNAVAILABLE');
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'APPROVALS_UNAVAILABLE') throw error;
    return refuse(parts, call, { code: 'unavailable', callId: call.callId, sentence: error.message });
  }
}

async function waitFor(parts: HoldParts, call: RecordedCall, joined: JoinedCase): Promise<WaitEnd> {
  const { reply, connection, progressToken } = call;
  const staysOpen = progressToken !== undefined || connection.clientsWait;
  const keepAlive = new KeepAlive(reply, progressToken, joined.request);
  const end = deferred<WaitEnd>();
  const taken = deferred<boolean>();
  const waiting: WaitingCall = {
    call,
    approvalId: joined.approvalId,
    executing: false,
    deliver: (delivery) => end.resolve(delivery),
    cancel: () => end.resolve({ outcome: { code: 'cancelled' } }),
    showProgress: (message) => keepAlive.show(message),
    taken: taken.promise,
    settleTaken: (value) => taken.resolve(value),
  };
  const gone = (): void => end.resolve({ outcome: { code: 'gone' } });
  reply.gone.addEventListener('abort', gone, { once: true });
  const timer = staysOpen
    ? undefined
    : setTimeout(() => end.resolve({ outcome: { code: 'pending' } }), connection.pendingAfterMs);
  parts.waiting.add(waiting);
  try {
    await parts.cases.attach(joined, call.callId);
    if (staysOpen) keepAlive.start();
    if (reply.gone.aborted) gone();
    return await end.promise;
  } finally {
    clearTimeout(timer);
    keepAlive.stop();
    reply.gone.removeEventListener('abort', gone);
  }
}

async function conclude(parts: HoldParts, call: RecordedCall, joined: JoinedCase, end: WaitEnd): Promise<FinalAnswer> {
  const { outcome } = end;
  const { callId } = call;
  switch (outcome.code) {
    case 'pending':
    case 'gone':
    case 'cancelled': {
      const executing = parts.waiting.get(callId)?.executing === true;
      parts.waiting.settle(callId, false);
      await parts.cases.detach(joined, callId);
      const url = parts.approvalUrl(joined.approvalId);
      const refusal = refusalFor({ code: 'pending' }, call, joined.request, url);
      // What runs is ended by its execution, which records the answer for whoever comes back for it.
      if (executing) return refusalAnswer(call, refusal);
      if (outcome.code === 'pending') return refuse(parts, call, refusal);
      await parts.recorder.closeQuietly(call, outcome.code, { approvalId: joined.approvalId });
      return refusalAnswer(call, refusal);
    }
    case 'case_ended':
      throw new Error('a case that ended is opened again, not concluded');
    case 'answered':
      return answerOrThrow(parts, call, outcome, 'answer' in end ? end.answer : undefined);
    default:
      return refuse(parts, call, refusalFor(outcome, call, joined.request, parts.approvalUrl(joined.approvalId)));
  }
}

/** The recorded answer, under this caller's own request id. Joined calls end in the ledger with a pointer to it. */
async function answerOrThrow(
  parts: HoldParts,
  call: RecordedCall,
  outcome: Extract<ApprovalOutcome, { code: 'answered' }>,
  answer: Buffer | undefined,
): Promise<FinalAnswer> {
  if (answer === undefined) throw new Error('an answer was delivered without its bytes');
  const { receipt } = outcome;
  if (receipt.callId !== call.callId) {
    await parts.recorder.closeQuietly(call, 'joined', { answerOf: receipt.callId, commitment: receipt.commitment });
  }
  return answerFor(answer, call);
}

async function refuse(parts: HoldParts, call: RecordedCall, refusal: Refusal): Promise<FinalAnswer> {
  await parts.recorder.close(call, refusal);
  return refusalAnswer(call, refusal);
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
