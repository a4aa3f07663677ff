import {
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import {
  approvalDecision,
  approvalView,
  type ApprovalView,
  type SignedDecision,
} from '../../workflows/contract/approval.ts';

/** The cases in Temporal, as listeners see them. Both methods throw {@link CaseEnded} when there is no such case. */
export interface Cases {
  /** Resolves once Temporal has the decision durably; judging it comes later. */
  decide(workflowId: string, decision: SignedDecision): Promise<void>;
  read(workflowId: string): Promise<ApprovalView>;
}

export interface TemporalCases extends Cases {
  /** Resolves when no call is under way any more, so that the connection may be closed. */
  settle(): Promise<void>;
}

/** The workflow has closed or never was. */
export class CaseEnded extends Error {
  override readonly name = 'CaseEnded';
}

/** A few quick tries fit into the time a click has; the SDK's own ten would go on long after it. */
export const clickRetries = makeGrpcRetryInterceptor(
  defaultGrpcRetryOptions({ maxAttempts: 4, initialIntervalMs: () => 100 }),
);

/** `deadlineMs` bounds each call from the moment it is made. */
export function temporalCases(client: Client, now: () => Date, deadlineMs: number): TemporalCases {
  const underWay = new Set<Promise<unknown>>();
  const within = async <T>(call: () => Promise<T>): Promise<T> => {
    const calling = client.withDeadline(now().getTime() + deadlineMs, call);
    underWay.add(calling);
    try {
      return await calling;
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? new CaseEnded('The case is closed.') : error;
    } finally {
      underWay.delete(calling);
    }
  };
  return {
    decide: (workflowId, decision) =>
      within(() => client.workflow.getHandle(workflowId).signal(approvalDecision, decision)),
    read: (workflowId) => within(() => client.workflow.getHandle(workflowId).query(approvalView)),
    settle: async () => {
      await Promise.allSettled(underWay);
    },
  };
}
