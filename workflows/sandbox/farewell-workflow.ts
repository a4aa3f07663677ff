import { ParentClosePolicy, patched, startChild, uuid4 } from '@temporalio/workflow';
import type { WaitingCaller } from '../contract/approval.ts';
import { farewellWorkflowId } from '../contract/names.ts';
import { gateway, ignoreGone, isTask } from './callers.ts';

type Word = 'pending' | 'case_ended';

/** Since 0.2.0 cases do not wait themselves until callers have been told. */
const FAREWELL = 'callers-are-told-by-a-farewell-workflow';

/**
 * Tells callers, where they still wait, to call again (`pending`) or to open a case of their own (`case_ended`). A
 * task's gateway has made sure that its case runs, and what became of it stands in PostgreSQL.
 */
export async function farewellWorkflow(callers: readonly WaitingCaller[], word: Word): Promise<void> {
  await Promise.all(
    callers.map(({ approvalId, callId, gatewayQueue }) =>
      gateway(gatewayQueue)
        .release({ approvalId, callIds: [callId], outcome: { code: word } })
        .catch(ignoreGone),
    ),
  );
}

/**
 * Has callers told without waiting for it. A dead gateway takes ten seconds to be noticed, and live callers that come
 * back meanwhile would keep the case from ending, again and again.
 */
export async function leaveToFarewell(
  approvalId: string,
  callers: readonly WaitingCaller[],
  word: Word,
): Promise<void> {
  const live = callers.filter((caller) => !isTask(caller));
  if (live.length === 0) return;
  if (!patched(FAREWELL)) return farewellWorkflow(live, word);
  await startChild(farewellWorkflow, {
    args: [live, word],
    workflowId: farewellWorkflowId(approvalId, uuid4()),
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
}
