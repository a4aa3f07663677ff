import type { CardRef } from '../../workflows/contract/approval.ts';
import type { ToolAlarm } from '../../workflows/contract/tool-alarm.ts';
import { renderToolAlarm } from '../render/tool-alarm.ts';
import { findOwnMessage } from './find-card.ts';
import { postMessage, type CardParts } from './sync-card.ts';

const alarmEvent = 'mcp_tool_alarm';

/** Posts an alarm. Whenever an earlier try may have got through unnoticed, the channel is searched for it first. */
export async function postToolAlarm(parts: CardParts, alarm: ToolAlarm, attempt: number): Promise<CardRef> {
  const found =
    attempt > 1
      ? await findOwnMessage(parts, Date.parse(alarm.seenAt), (event, payload) => {
          return event === alarmEvent && payload['digest'] === alarm.digest;
        })
      : undefined;
  if (found !== undefined) return found;
  const metadata = { event_type: alarmEvent, event_payload: { digest: alarm.digest } };
  return postMessage(parts, { id: alarm.digest, attempt }, { ...renderToolAlarm(alarm, parts.channel), metadata });
}
