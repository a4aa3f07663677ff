import { heartbeat } from '@temporalio/activity';
import type { GatewayActivities, OutcomeRelease, ProgressNote } from '../../workflows/contract/activities.ts';
import type { ForwardResult, RecordingRequest } from '../../workflows/contract/recording.ts';
import type { Ledger } from '../../workflows/evidence/ledger.ts';
import { findReceipt } from '../../workflows/evidence/receipts.ts';
import type pg from 'pg';
import type { Executions } from './executions.ts';
import type { HeldExecution } from './held-execution.ts';
import type { WaitingCalls } from './waiting-calls.ts';

const heartbeatEveryMs = 5_000;

export interface GatewayActivityParts {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  readonly waiting: WaitingCalls;
  readonly executions: Executions;
  readonly execute: HeldExecution;
}

/** What Temporal asks of the gateway that holds the callers. Payloads are ids and digests; bytes stay here. */
export function createGatewayActivities(parts: GatewayActivityParts): GatewayActivities {
  return {
    forwardAndRecord: (recording) => forwardAndRecord(parts, recording),
    release: (release) => releaseOutcome(parts, release),
    showProgress: (note) => showProgress(parts, note),
  };
}

/** Runs one grant at most once: live caller, valid grant, fence, upstream, masked answer committed. */
async function forwardAndRecord(parts: GatewayActivityParts, recording: RecordingRequest): Promise<ForwardResult> {
  const { waiting, executions, execute } = parts;
  const { callId, approvalId } = recording;
  const held = waiting.get(callId);
  if (held === undefined || held.approvalId !== approvalId) {
    return { code: 'not_executed', reason: 'The caller no longer waits here.' };
  }
  const refusal = await executions.refuseGrant(held.call, approvalId);
  if (refusal !== undefined) return { code: 'withheld', reason: refusal };
  if (!(await executions.takeFence(held.call, approvalId))) return earlierResult(parts, callId);
  held.executing = true;
  const beat = setInterval(() => {
    heartbeat();
    executions.renewLease(callId).catch(() => undefined);
  }, heartbeatEveryMs);
  try {
    return await execute(held.call);
  } finally {
    clearInterval(beat);
  }
}

/** The fence stood already, so this activity ran before: what it recorded is the result, and nothing is sent again. */
async function earlierResult({ pool }: GatewayActivityParts, callId: string): Promise<ForwardResult> {
  const receipt = await findReceipt(pool, callId);
  return receipt === undefined ? { code: 'unknown' } : { code: 'answered', receipt };
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
      if (outcome.code === 'case_ended' || outcome.code === 'pending') return [callId];
      return (await waiting.taken) ? [callId] : [];
    }),
  );
  return taken.flat();
}

async function showProgress({ waiting }: GatewayActivityParts, { callIds, message }: ProgressNote): Promise<void> {
  for (const callId of callIds) waiting.get(callId)?.showProgress(message);
}
