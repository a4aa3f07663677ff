import { setTimeout as pause } from 'node:timers/promises';
import type { ApprovalOutcome } from '../../workflows/contract/approval.ts';
import { passFailpoint } from '../../workflows/contract/failpoint.ts';
import type { RecordedCall } from '../call.ts';
import type { Config } from '../config/config.ts';
import { GatewayError } from '../errors.ts';
import { tooManyApprovalsRefusal } from '../limits/limited-refusal.ts';
import { approvalsMaxFor, TooManyApprovals } from '../limits/open-approvals.ts';
import { pausedRefusal } from '../limits/turn-away.ts';
import { ProtocolRefusal } from '../receive/protocol-refusal.ts';
import { isObject } from '../receive/is-object.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Refusal } from '../release/refusal.ts';
import { refusalAnswer } from '../release/refusals.ts';
import type { FinalAnswer } from '../release/reply.ts';
import { covers } from './approvals-needed.ts';
import type { Cases, JoinedCase } from './cases.ts';
import { comeBackAnswer, saidBefore, withoutOwnState } from './follow-up.ts';
import { answerFor, refusalFor } from './outcome-answer.ts';
import { refusedByPolicy } from './judge-grant.ts';
import { ownRequestState, type RequestState, type RequestStates } from './request-state.ts';
import { holdAsTask } from './tasks/hold-as-task.ts';
import type { Tasks } from './tasks/tasks.ts';
import { planLastLeg, planWait, type WaitPlan } from './wait-plan.ts';
import { waitFor, type WaitEnd } from './wait.ts';
import type { WaitingCalls } from './waiting-calls.ts';

const INVALID_PARAMS = -32_602;
/**
 * A case that is closing turns late callers away for a moment; then an identical call opens a new one. The pauses grow,
 * for a case cannot end while callers come faster than they are turned away.
 */
const openAgainAfterMs = 250;
const openAgainAfterMsMax = 2_000;
const openAgainMax = 10;
/** SDK clients come back ten times for one call; whoever does not get its answer then is told to call again. */
const legsMax = 10;

export interface HoldParts {
  readonly cases: Cases;
  readonly waiting: WaitingCalls;
  readonly recorder: Recorder;
  readonly requestStates: RequestStates;
  readonly tasks: Tasks;
  readonly now: () => Date;
  readonly config: () => Config;
  /** Where people find an approval, for refusals. */
  readonly approvalUrl: (approvalId: string) => string;
}

/** Goes on with a call that was approved before and whose server asked its caller for more. */
export type ContinueCall = (call: RecordedCall, approvalId: string) => Promise<FinalAnswer>;

/**
 * Holds one call: opens or joins its case, waits in the way its client can bear (architecture, section 6), and turns
 * the outcome into its answer. The waiting costs a timer and a socket; the case itself waits in Temporal.
 */
export async function holdCall(
  parts: HoldParts,
  received: RecordedCall,
  continueCall: ContinueCall,
): Promise<FinalAnswer> {
  const brought = ownRequestState(received);
  if (brought === undefined) return hold(parts, received, planWait(received), { leg: 1 });
  const state = await parts.requestStates.redeem(received, brought);
  if (state === undefined || state.kind === 'purpose' || (state.kind === 'leg' && bringsAnswers(received)))
    return refuseState(parts, received);
  const call = withoutOwnState(received, state.kind === 'continuation' ? state.upstream : undefined);
  if (state.kind === 'continuation') return goOn(parts, call, state.approvalId, continueCall);
  return hold(parts, call, planReturn(call, state), { leg: state.leg + 1, approvalId: state.approvalId });
}

/** An approved call goes on with what its server asked for, unless policy asks for more by now than was approved. */
async function goOn(
  parts: HoldParts,
  call: RecordedCall,
  approvalId: string,
  continueCall: ContinueCall,
): Promise<FinalAnswer> {
  const request = await parts.cases.requestOf(approvalId);
  if (request === undefined) return refuseState(parts, call);
  const { judgement } = call;
  if (judgement.verdict === 'hold' && covers(request.rule, judgement.approval)) return continueCall(call, approvalId);
  const outcome = refusedByPolicy('expired', call, 'policy asks for more now');
  return refuse(parts, call, refusalFor(outcome, call, request, parts.approvalUrl(approvalId)));
}

/** Whoever waits for an approval was asked nothing: answers that come back with it were seen by no approver. */
function bringsAnswers({ params }: RecordedCall): boolean {
  if (!isObject(params)) return false;
  const { inputResponses } = params as Readonly<Record<string, unknown>>;
  return inputResponses !== undefined && !(isObject(inputResponses) && Object.keys(inputResponses).length === 0);
}

function planReturn(call: RecordedCall, { leg }: Extract<RequestState, { kind: 'leg' }>): WaitPlan {
  return leg < legsMax ? planWait(call) : planLastLeg(call);
}

/** How often the caller has come for this call, and the case it waited for before. */
interface Return {
  readonly leg: number;
  readonly approvalId?: string;
}

async function hold(
  parts: HoldParts,
  call: RecordedCall,
  plan: WaitPlan,
  { leg, approvalId }: Return,
): Promise<FinalAnswer> {
  const { judgement } = call;
  if (judgement.verdict !== 'hold') throw new Error('only a call judged "hold" is held');
  const most = approvalsMaxFor(parts.config().limits, call);
  try {
    for (let attempt = 0; attempt < openAgainMax; attempt += 1) {
      const known =
        approvalId === undefined ? undefined : await parts.cases.rejoin(call, approvalId, judgement.approval);
      const joined = known ?? (await parts.cases.join(call, judgement.approval, most));
      passFailpoint('gateway.case-opened');
      await parts.recorder.held(call, joined.approvalId);
      passFailpoint('gateway.call-held');
      if (plan.kind === 'task') {
        const handle = await holdAsTask(parts, call, joined);
        if (handle !== undefined) return handle;
        await pauseBeforeOpening(attempt);
        continue;
      }
      const end = await waitFor(parts, call, joined, plan);
      if (end.outcome.code === 'leg_over') return await endLeg(parts, call, joined, leg);
      if (end.outcome.code !== 'case_ended') return await conclude(parts, call, joined, end);
      await pauseBeforeOpening(attempt);
    }
    throw new GatewayError('APPROVALS_UNAVAILABLE');
  } catch (error) {
    if (error instanceof TooManyApprovals) {
      return refuse(parts, call, tooManyApprovalsRefusal(call, most, error.firstEndsInMs));
    }
    if (!(error instanceof GatewayError) || error.code !== 'APPROVALS_UNAVAILABLE') throw error;
    return refuse(parts, call, { code: 'unavailable', callId: call.callId, sentence: error.message });
  }
}

async function pauseBeforeOpening(attempt: number): Promise<void> {
  await pause(Math.min(openAgainAfterMs * 2 ** attempt, openAgainAfterMsMax));
}

/** Nobody decided yet: the caller is asked to come back, and its next request goes on waiting for the same case. */
async function endLeg(parts: HoldParts, call: RecordedCall, joined: JoinedCase, leg: number): Promise<FinalAnswer> {
  const { approvalId, request } = joined;
  // What runs is ended by its execution, whose answer the caller's return fetches.
  if (!(await leave(parts, call, joined))) await parts.recorder.closeQuietly(call, 'pending', { approvalId, leg });
  const expiresAtMs = Date.parse(request.expiresAt) + request.rule.grantTtlMs;
  return comeBackAnswer(
    call,
    parts.requestStates.issue(call, { kind: 'leg', approvalId, leg, ...saidBefore(call) }, expiresAtMs),
  );
}

async function conclude(parts: HoldParts, call: RecordedCall, joined: JoinedCase, end: WaitEnd): Promise<FinalAnswer> {
  const { outcome } = end;
  switch (outcome.code) {
    case 'pending':
    case 'gone':
    case 'cancelled': {
      // What runs is ended by its execution, which records the answer for whoever comes back for it.
      const executing = await leave(parts, call, joined);
      if (executing) return refusalAnswer(call, pendingRefusal(parts, call, joined, true));
      if (outcome.code === 'pending') return refuse(parts, call, pendingRefusal(parts, call, joined));
      await parts.recorder.closeQuietly(call, outcome.code, { approvalId: joined.approvalId });
      return refusalAnswer(call, pendingRefusal(parts, call, joined));
    }
    case 'paused':
      await leave(parts, call, joined);
      return refuse(parts, call, { ...pausedRefusal(call, outcome.pause, parts.now()), approvalId: joined.approvalId });
    case 'case_ended':
    case 'leg_over':
      throw new Error('a wait that goes on is not concluded');
    case 'answered':
      return answerOrThrow(parts, call, outcome, 'answer' in end ? end.answer : undefined);
    default:
      return refuse(parts, call, refusalFor(outcome, call, joined.request, parts.approvalUrl(joined.approvalId)));
  }
}

/** The caller no longer waits here. Returns whether its call is running already. */
async function leave(parts: HoldParts, { callId }: RecordedCall, joined: JoinedCase): Promise<boolean> {
  const executing = parts.waiting.get(callId)?.executing === true;
  parts.waiting.settle(callId, false);
  await parts.cases.detach(joined, callId);
  return executing;
}

function pendingRefusal(parts: HoldParts, call: RecordedCall, joined: JoinedCase, running = false): Refusal {
  const { approvalId, request } = joined;
  return refusalFor({ code: 'pending', running }, call, request, parts.approvalUrl(approvalId));
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

/**
 * Refuses a state that was altered, used before, or made for another call or caller: as the protocol does, for what a
 * client brings is no matter of policy (basic/patterns/mrtr, server requirements).
 */
async function refuseState(parts: HoldParts, call: RecordedCall): Promise<never> {
  const sentence = 'This requestState is not valid for this call. Nothing ran; call again without it.';
  await parts.recorder.close(call, { code: 'blocked', callId: call.callId, sentence });
  throw new ProtocolRefusal(200, INVALID_PARAMS, 'Invalid or expired requestState', call.id, {
    reason: 'invalid_request_state',
  });
}

async function refuse(parts: HoldParts, call: RecordedCall, refusal: Refusal): Promise<FinalAnswer> {
  await parts.recorder.close(call, refusal);
  return refusalAnswer(call, refusal);
}
