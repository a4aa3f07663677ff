import { heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { GatewayActivities, OutcomeRelease, ProgressNote } from '../../workflows/contract/activities.ts';
import { passFailpoint } from '../../workflows/contract/failpoint.ts';
import type {
  CallEnding,
  ForwardResult,
  RecordingRequest,
  UngatedRecording,
} from '../../workflows/contract/recording.ts';
import type { Ledger } from '../../workflows/evidence/ledger.ts';
import { findEnding, findReceipt } from '../../workflows/evidence/receipts.ts';
import type pg from 'pg';
import type { RecordedCall } from '../call.ts';
import type { WorkflowRuns } from '../record/workflow-runs.ts';
import type { OpenReplies } from '../release/open-replies.ts';
import { clearRun, type ClearRunParts } from './clear-run.ts';
import type { Executions } from './executions.ts';
import type { HeldExecution } from './held-execution.ts';
import { clearUnpaused, turnAwayPaused, waitWhilePaused, type PausedRunParts } from './paused-run.ts';
import { openTaskRun, type TaskRunParts } from './tasks/run.ts';
import type { WaitingCalls } from './waiting-calls.ts';

const heartbeatEveryMs = 5_000;

export interface GatewayActivityParts extends TaskRunParts, ClearRunParts, PausedRunParts {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  readonly waiting: WaitingCalls;
  readonly runs: WorkflowRuns;
  readonly executions: Executions;
  readonly execute: HeldExecution;
  readonly replies: OpenReplies;
}

/** What Temporal asks of the gateway that holds the callers. Payloads are ids and digests; bytes stay here. */
export function createGatewayActivities(parts: GatewayActivityParts): GatewayActivities {
  return {
    forwardAndRecord: (recording) =>
      'approvalId' in recording ? forwardAndRecord(parts, recording) : whileBeating(() => runUngated(parts, recording)),
    release: (release) =>
      whileBeating(() =>
        release.approvalId === undefined ? releaseUngated(parts, release) : releaseOutcome(parts, release),
      ),
    showProgress: (note) => showProgress(parts, note),
  };
}

/** Runs one grant at most once: live caller, valid grant, fence, upstream, masked answer committed. */
async function forwardAndRecord(parts: GatewayActivityParts, recording: RecordingRequest): Promise<ForwardResult> {
  if (recording.takeUpUntilMs !== undefined) return runTask(parts, recording);
  const { waiting, executions } = parts;
  const { callId, approvalId } = recording;
  const held = waiting.get(callId);
  if (held === undefined || held.approvalId !== approvalId) {
    return { code: 'not_executed', reason: 'The caller no longer waits here.' };
  }
  const run = await clearUnpaused(
    parts,
    held.call,
    () => turnAwayPaused(parts, held),
    () => clearRun(parts, held.call, approvalId),
  );
  if (!run.cleared) return run.result;
  if (!(await executions.takeFence(run.call, run.spent))) return earlierResult(parts, callId);
  held.executing = true;
  return executeWithLease(parts, run.call, approvalId);
}

/** The same for a task, whose call lies sealed in PostgreSQL and whose caller asks later, here or elsewhere. */
async function runTask(parts: GatewayActivityParts, recording: RecordingRequest): Promise<ForwardResult> {
  const { tasks, executions } = parts;
  const { callId, approvalId } = recording;
  const opened = await openTaskRun(parts, recording);
  if (opened.kind === 'taken_back') return { code: 'not_executed', reason: 'The task does not wait any more.' };
  if (opened.kind === 'refused') return { code: 'withheld', reason: opened.reason };
  const run = await clearUnpaused(
    parts,
    opened.call,
    () => whileBeating(() => waitWhilePaused(parts, opened.call, recording)),
    () => clearRun(parts, opened.call, approvalId),
  );
  if (!run.cleared) return run.result;
  if (!(await executions.takeFence(run.call, run.spent, opened.fence))) {
    if (await tasks.isExecuting(callId)) return earlierResult(parts, callId);
    return { code: 'not_executed', reason: 'The task was taken back.' };
  }
  return executeWithLease(parts, run.call, approvalId);
}

async function executeWithLease(
  { executions, execute, replies }: GatewayActivityParts,
  call: RecordedCall,
  approvalId: string,
): Promise<ForwardResult> {
  passFailpoint('gateway.fence-taken');
  call.reply.sender = call;
  const renewLease = (): void => void executions.renewLease(call.callId).catch(() => undefined);
  // A gateway that stops cuts off whatever still runs, also what runs without a caller.
  const run = (): Promise<ForwardResult> => replies.whileOpen(call.reply, () => execute(call, approvalId));
  return whileBeating(run, renewLease);
}

/** Tells Temporal that this process lives, so that nobody waits long for one that does not. */
async function whileBeating<T>(work: () => Promise<T>, onBeat: () => void = () => undefined): Promise<T> {
  const beat = setInterval(() => {
    heartbeat();
    onBeat();
  }, heartbeatEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}

/** The fence stood already, so this activity ran before: what it recorded is the result, and nothing is sent again. */
async function earlierResult({ pool }: GatewayActivityParts, callId: string): Promise<ForwardResult> {
  const receipt = await findReceipt(pool, callId);
  return receipt === undefined ? { code: 'unknown' } : { code: 'answered', receipt };
}

/** Runs an ungated call whose caller waits here, once, and tells how it ended as the ledger has it. */
async function runUngated({ pool, runs }: GatewayActivityParts, { callId }: UngatedRecording): Promise<CallEnding> {
  const run = runs.get(callId);
  await run?.begin();
  const ending = await findEnding(pool, callId);
  if (ending !== undefined) return ending;
  // The call ends later, on another stream or once the ledger is back, and what its caller may hear needs no release.
  run?.release();
  throw ApplicationFailure.nonRetryable('The ending of this call is not recorded yet.', 'NotEndedYet');
}

/** Lets callers have the answers that were made for them here. */
async function releaseUngated({ runs }: GatewayActivityParts, { callIds }: OutcomeRelease): Promise<string[]> {
  const taken = await Promise.all(
    callIds.map(async (callId) => {
      const run = runs.get(callId);
      run?.release();
      return (await run?.taken) === true ? [callId] : [];
    }),
  );
  return taken.flat();
}

/** Hands a recorded outcome to its callers. Answers are read back from the ledger: what is released is what is there. */
async function releaseOutcome(parts: GatewayActivityParts, release: OutcomeRelease): Promise<string[]> {
  const { outcome } = release;
  const answer = outcome.code === 'answered' ? await parts.ledger.readBody(outcome.receipt.commitment) : undefined;
  if (outcome.code === 'answered' && answer === undefined) throw new Error('the recorded answer cannot be read');
  const taken = await Promise.all(
    release.callIds.map(async (callId) => {
      const waiting = parts.waiting.get(callId);
      if (waiting === undefined || waiting.approvalId !== release.approvalId) return [];
      waiting.deliver(answer === undefined ? { outcome } : { outcome, answer });
      passFailpoint('gateway.answer-delivered');
      if (outcome.code === 'case_ended' || outcome.code === 'pending') return [callId];
      return (await waiting.taken) ? [callId] : [];
    }),
  );
  return taken.flat();
}

async function showProgress({ waiting }: GatewayActivityParts, { callIds, message }: ProgressNote): Promise<void> {
  for (const callId of callIds) waiting.get(callId)?.showProgress(message);
}
