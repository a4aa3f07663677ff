import { proxyActivities } from '@temporalio/workflow';
import type { SlackActivities } from '../contract/activities.ts';
import type { CardRef } from '../contract/approval.ts';
import { SLACK_QUEUE } from '../contract/names.ts';
import type { ToolAlarm } from '../contract/tool-alarm.ts';

const { postToolAlarm } = proxyActivities<SlackActivities>({
  taskQueue: SLACK_QUEUE,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '7 days',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  summary: 'tell the approvers that a tool has changed',
});

/** Says once that a tool has changed, for as long as Slack takes to hear it. Its id is the definition's. */
export async function toolAlarmWorkflow(alarm: ToolAlarm): Promise<CardRef> {
  return postToolAlarm(alarm);
}
