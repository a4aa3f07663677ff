import { patched, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { LedgerActivities } from '../contract/activities.ts';
import { LEDGER_QUEUE } from '../contract/names.ts';

type CaseWork = Omit<LedgerActivities, 'settleExecution' | 'readEnding'>;

/** Since 0.2.0 a case works in the ledger within its own task. */
const WITHIN_THE_TASK = 'ledger-work-within-the-task';

const options = {
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
} as const;

const throughTheQueue = proxyActivities<CaseWork>({ ...options, taskQueue: LEDGER_QUEUE });

/** While the database is away, cases that wait for it must not take all of the worker's places. */
const withinTheTask = proxyLocalActivities<CaseWork>({ ...options, localRetryThreshold: '5 seconds' });

/**
 * A case's work in the ledger. It is short and done where the workflow runs, which saves each step a round trip through
 * a queue of Temporal's.
 */
export function ledger(): CaseWork {
  return patched(WITHIN_THE_TASK) ? withinTheTask : throughTheQueue;
}
