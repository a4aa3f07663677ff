import type { ApprovalOutcome } from '../../../workflows/contract/approval.ts';
import { OUTCOME_META_KEY } from '../../../workflows/contract/call.ts';
import type { Task } from './tasks.ts';

/** How long an outcome can be fetched after it is there. */
const outcomeKeptMs = 24 * 60 * 60_000;
/** People take minutes; whoever wants to know sooner listens. */
const pollIntervalMs = 5_000;

/** The members that every form of a task has (Tasks extension 2026-07-28, "Tasks"). Times in RFC 3339, UTC. */
export interface TaskMembers {
  readonly taskId: string;
  readonly status: 'working' | 'completed' | 'failed' | 'cancelled';
  readonly statusMessage: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
}

/** PURE. A task as its caller may see it, without result or error. `completed` stands for every outcome. */
export function taskMembers(task: Task): TaskMembers {
  const { id, createdAt, updatedAt, decidedAt } = task;
  const changedMs = Math.max(updatedAt.getTime(), decidedAt?.getTime() ?? 0);
  return {
    taskId: id,
    status: statusOf(task),
    statusMessage: messageOf(task),
    createdAt: createdAt.toISOString(),
    lastUpdatedAt: new Date(changedMs).toISOString(),
    ttlMs: fetchableUntilMs(task) - createdAt.getTime(),
    pollIntervalMs,
  };
}

/** PURE. Unix milliseconds. An open case is promised its whole time, and its outcome's after it. */
export function fetchableUntilMs({ state, updatedAt, request }: Task): number {
  const over = state === 'ended' || state === 'cancelled';
  const endsAtMs = over ? updatedAt.getTime() : Date.parse(request.expiresAt) + request.rule.grantTtlMs;
  return endsAtMs + outcomeKeptMs;
}

/** PURE. How a task ended, once it did; one whose case nobody closed has expired. */
export function outcomeOf({ state, ending }: Task): ApprovalOutcome | undefined {
  return state === 'ended' ? (ending ?? { code: 'expired' }) : undefined;
}

/** PURE. What a new task says besides: which case it waits for, and where a person finds it. */
export function pendingMeta({ callId, approvalId }: Task, url: string) {
  return { [OUTCOME_META_KEY]: { code: 'pending', callId, approvalId, url, retryable: true } };
}

function statusOf({ state }: Task): TaskMembers['status'] {
  switch (state) {
    case 'waiting':
    case 'executing':
      return 'working';
    case 'ended':
      return 'completed';
    case 'cancelled':
      return 'cancelled';
  }
}

const nobodyInTime = 'Nobody approved it in time';

/** One line for a person, without approvers' names. */
function messageOf(task: Task): string {
  const { state, approvals, request } = task;
  const { quorum } = request.rule;
  switch (state) {
    case 'waiting':
      return approvals < quorum
        ? `Waiting for approval ${approvals} of ${quorum}, expires ${request.expiresAt}`
        : `Approved by ${approvals} of ${quorum}, about to run`;
    case 'executing':
      return 'Approved and running';
    case 'cancelled':
      return 'Taken back by its caller';
    case 'ended':
      return endMessage(outcomeOf(task));
  }
}

function endMessage(outcome: ApprovalOutcome | undefined): string {
  switch (outcome?.code) {
    case 'answered':
      return 'Approved and answered';
    case 'denied':
      return 'Denied by an approver';
    case 'unknown':
      return 'Approved and sent, but its answer was lost';
    case 'withheld':
      return 'The answer is withheld';
    case 'unavailable':
      return 'Approved, but its server could not be reached';
    case 'blocked':
      return 'Approved, but policy has blocked it since';
    case 'expired':
      if (outcome.policy !== undefined) return 'Approved, but policy asks for more since';
      return nobodyInTime;
    case undefined:
      return nobodyInTime;
  }
}
