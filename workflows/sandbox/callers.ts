import { ActivityFailure, proxyActivities } from '@temporalio/workflow';
import type { GatewayActivities } from '../contract/activities.ts';
import type { WaitingCaller } from '../contract/approval.ts';

/** What reaches the callers that one gateway holds. */
export function gateway(taskQueue: string): GatewayActivities {
  return proxyActivities<GatewayActivities>({
    taskQueue,
    scheduleToStartTimeout: '10 seconds',
    startToCloseTimeout: '30 seconds',
    heartbeatTimeout: '10 seconds',
    retry: { maximumAttempts: 3 },
  });
}

/** A gateway that is gone holds no caller, so there is nobody to tell. */
export function ignoreGone(error: unknown): undefined {
  if (error instanceof ActivityFailure) return undefined;
  throw error;
}

export function byGateway(callers: readonly WaitingCaller[]): [queue: string, callIds: string[]][] {
  const queues = new Map<string, string[]>();
  for (const { gatewayQueue: queue, callId } of callers) queues.set(queue, [...(queues.get(queue) ?? []), callId]);
  return [...queues];
}

export function isTask({ task }: WaitingCaller): boolean {
  return task !== undefined;
}
