import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Task queues. A gateway's own queue carries what only it can do for the callers it holds. */
export const LEDGER_QUEUE = 'countersign';
export const SLACK_QUEUE = 'slack';
export const gatewayQueue = (instance: string): string => `gateway.${instance}`;
/** What any gateway can do: run the calls of tasks, which have no socket to hold. */
export const TASK_QUEUE = 'gateway';

export const APPROVAL_WORKFLOW = 'approvalWorkflow';
export const RECORDING_WORKFLOW = 'recordingWorkflow';
export const TOOL_ALARM_WORKFLOW = 'toolAlarmWorkflow';

/** Workflow ids are plain text in Temporal: the join key is an HMAC, so an id tells nothing of the arguments. */
export const approvalWorkflowId = (connection: string, joinKey: string): string => `approval/${connection}/${joinKey}`;
export const recordingWorkflowId = (callId: string): string => `recording/${callId}`;
export const toolAlarmWorkflowId = (connection: string, definition: string): string =>
  `tool-alarm/${connection}/${definition}`;
export const farewellWorkflowId = (approvalId: string, id: string): string => `farewell/${approvalId}/${id}`;
export const cardWorkflowId = (approvalId: string): string => `card/${approvalId}`;

/** Search attributes by which operators find cases. Never secret, never encrypted. */
export const searchAttributes = {
  connection: defineSearchAttributeKey('McpConnection', SearchAttributeType.KEYWORD),
  tool: defineSearchAttributeKey('McpTool', SearchAttributeType.KEYWORD),
  caller: defineSearchAttributeKey('McpCaller', SearchAttributeType.KEYWORD),
  approval: defineSearchAttributeKey('McpApproval', SearchAttributeType.KEYWORD),
  status: defineSearchAttributeKey('McpStatus', SearchAttributeType.KEYWORD),
  approver: defineSearchAttributeKey('McpApprover', SearchAttributeType.KEYWORD),
} as const;
