import type { Client } from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/common';
import {
  LEDGER_QUEUE,
  RECORDING_WORKFLOW,
  recordingWorkflowId,
  searchAttributes,
} from '../../workflows/contract/names.ts';
import type { UngatedRecording } from '../../workflows/contract/recording.ts';
import type { RecordedCall } from '../call.ts';

const temporalMsMax = 5_000;

/**
 * Starts the recording workflow of an ungated call, which has it run on this gateway's own queue. History learns ids and
 * names of it, and no more. Not an eager start: workflows run in the worker, another process.
 */
export async function startRecording(
  temporal: Client,
  gatewayQueue: string,
  call: RecordedCall,
  now: () => Date,
): Promise<void> {
  const { callId } = call;
  const connection = call.connection.name;
  const tool = call.tool ?? call.method;
  const recording: UngatedRecording = { callId, gatewayQueue, connection, tool };
  await temporal.withDeadline(now().getTime() + temporalMsMax, () =>
    temporal.workflow.start(RECORDING_WORKFLOW, {
      workflowId: recordingWorkflowId(callId),
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      taskQueue: LEDGER_QUEUE,
      args: [recording],
      staticSummary: `${connection}.${tool} asked by ${call.caller.subject}`,
      typedSearchAttributes: [
        { key: searchAttributes.connection, value: connection },
        { key: searchAttributes.tool, value: tool },
        { key: searchAttributes.caller, value: call.caller.subject },
      ],
    }),
  );
}
