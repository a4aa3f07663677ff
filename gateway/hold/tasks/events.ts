import type { RequestId } from '../../../workflows/contract/call.ts';
import type { ForwardedMessage } from '../../forward/forward-call.ts';
import { formatSse } from '../../forward/sse.ts';
import type { Task } from './tasks.ts';

/** Everything on a subscription's stream names it (MCP 2026-07-28, basic/patterns/subscriptions). */
const SUBSCRIPTION_ID_META_KEY = 'io.modelcontextprotocol/subscriptionId';

/** Says which tasks the caller will be told of. */
export function acknowledgement(subscriptionId: RequestId, own: readonly Task[]): string {
  const notifications = { taskIds: own.map(({ id }) => id) };
  return JSON.stringify({
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: { notifications, _meta: { [SUBSCRIPTION_ID_META_KEY]: subscriptionId } },
  });
}

/** `members` are those of a `DetailedTask`, as the text of a JSON object. */
export function taskNotification(subscriptionId: RequestId, members: string): string {
  const meta = JSON.stringify({ [SUBSCRIPTION_ID_META_KEY]: subscriptionId });
  return `{"jsonrpc":"2.0","method":"notifications/tasks","params":{"_meta":${meta},${members.slice(1)}}`;
}

/** The response by which a server ends a subscription in order. */
export function endOfSubscription(subscriptionId: RequestId): string {
  const meta = { [SUBSCRIPTION_ID_META_KEY]: subscriptionId };
  return JSON.stringify({ jsonrpc: '2.0', id: subscriptionId, result: { resultType: 'complete', _meta: meta } });
}

/** A message of the gateway's own, as if it had come from a server. */
export function messageEvent(text: string): ForwardedMessage {
  const framing = { event: 'message' };
  const raw = formatSse(text, framing);
  const event = { raw, data: text, id: undefined, retry: undefined, event: framing.event, frame: 'event: message' };
  return { final: false, text, status: 200, headers: {}, event };
}
