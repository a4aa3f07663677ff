import { ActivityFailure, proxyActivities, sleep } from '@temporalio/workflow';
import type { Duration } from '@temporalio/common';
import type { GatewayActivities, LedgerActivities } from '../contract/activities.ts';
import { LEDGER_QUEUE } from '../contract/names.ts';
import type {
  CallEnding,
  ForwardResult,
  RecordingRequest,
  RecordingResult,
  UngatedRecording,
} from '../contract/recording.ts';

/** A gateway that does not take the work within this time is gone. */
const gatewayPickUpMax = '10 seconds';
/** Between tries of a task; each of them follows the loss of a gateway. */
const tryAgainAfter = '2 seconds';

const { settleExecution } = proxyActivities<LedgerActivities>({
  taskQueue: LEDGER_QUEUE,
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '5 seconds' },
  summary: 'settle an execution whose gateway fell silent',
});

const { readEnding } = proxyActivities<LedgerActivities>({
  taskQueue: LEDGER_QUEUE,
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '30 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds' },
  summary: 'read from the ledger how a call ended whose gateway fell silent',
});

/**
 * One execution, in the gateway that holds the caller: forward and record, then release. It is that of one grant, or of
 * an ungated call whose policy wants it here. Its history shows that order, and holds digests only.
 */
export async function recordingWorkflow(request: RecordingRequest | UngatedRecording): Promise<RecordingResult> {
  if (!('approvalId' in request)) return recordUngated(request);
  if (request.takeUpUntilMs !== undefined) return runTask(request, request.takeUpUntilMs);
  const forwarded = await forwardAtMostOnce(request, gatewayPickUpMax);
  if (forwarded.code !== 'answered') return forwarded;
  return { ...forwarded, delivered: await releaseToCaller(request, forwarded) };
}

/** Whatever its ending, the caller learns it from the release and not before: the ledger has it by then. */
async function recordUngated(request: UngatedRecording): Promise<RecordingResult> {
  const forwarded = await forwardAtMostOnce(request, gatewayPickUpMax);
  if (forwarded.code === 'not_executed') return forwarded;
  const delivered = await releaseToCaller(request, forwarded);
  return forwarded.code === 'answered' ? { ...forwarded, delivered } : forwarded;
}

/**
 * Runs a task on whatever gateway takes it up. One that was lost before it sent anything is followed by another; the
 * outcome needs no release, since it is fetched.
 */
async function runTask(request: RecordingRequest, takeUpUntilMs: number): Promise<RecordingResult> {
  for (let attempt = 1; ; attempt += 1) {
    const forwarded = await forwardAtMostOnce({ ...request, attempt }, Math.max(takeUpUntilMs - Date.now(), 1));
    if (forwarded.code === 'answered') return { ...forwarded, delivered: false };
    const lost = forwarded.code === 'not_executed' && forwarded.lost === true;
    if (!lost || Date.now() >= takeUpUntilMs) return forwarded;
    await sleep(tryAgainAfter);
  }
}

/** A retry could run the call twice, so there is none: whoever falls silent is settled from the fence or the ledger. */
async function forwardAtMostOnce(
  request: RecordingRequest | UngatedRecording,
  pickUpMax: Duration,
): Promise<ForwardResult> {
  const { forwardAndRecord } = proxyActivities<GatewayActivities>({
    taskQueue: request.gatewayQueue,
    scheduleToStartTimeout: pickUpMax,
    startToCloseTimeout: '2 hours',
    heartbeatTimeout: '15 seconds',
    retry: { maximumAttempts: 1 },
    summary: `forward ${request.connection}.${request.tool} and record the masked answer`,
  });
  try {
    return await forwardAndRecord(request);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return 'approvalId' in request ? settleExecution(request) : endingOf(request);
  }
}

async function endingOf({ callId }: UngatedRecording): Promise<CallEnding> {
  try {
    return await readEnding(callId);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return { code: 'unknown' };
  }
}

async function releaseToCaller(request: RecordingRequest | UngatedRecording, outcome: CallEnding): Promise<boolean> {
  const { release } = proxyActivities<GatewayActivities>({
    taskQueue: request.gatewayQueue,
    scheduleToStartTimeout: gatewayPickUpMax,
    startToCloseTimeout: '30 seconds',
    heartbeatTimeout: '10 seconds',
    retry: { maximumAttempts: 3 },
    summary: 'release the recorded answer to its caller',
  });
  try {
    const approval = 'approvalId' in request ? { approvalId: request.approvalId } : {};
    const delivered = await release({ ...approval, callIds: [request.callId], outcome });
    return delivered.length > 0;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return false;
  }
}
