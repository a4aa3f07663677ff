import { hash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import { LEDGER_QUEUE, TOOL_ALARM_WORKFLOW, toolAlarmWorkflowId } from '../../../workflows/contract/names.ts';
import type { ToolAlarm } from '../../../workflows/contract/tool-alarm.ts';

const temporalMsMax = 5_000;

/** Starts the workflow that posts an alarm. Its id is the definition's, so that one definition is alarmed once. */
export async function raiseToolAlarm(temporal: Client, alarm: ToolAlarm, now: () => Date): Promise<void> {
  const { connection, tool, digest } = alarm;
  const start = () =>
    temporal.workflow.start(TOOL_ALARM_WORKFLOW, {
      workflowId: toolAlarmWorkflowId(connection, hash('sha256', `${tool}\n${digest}`, 'hex')),
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      taskQueue: LEDGER_QUEUE,
      args: [alarm],
      staticSummary: `${connection}.${tool} changed`,
    });
  try {
    await temporal.withDeadline(now().getTime() + temporalMsMax, start);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
