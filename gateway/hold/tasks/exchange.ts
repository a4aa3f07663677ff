import { applyEdits, modify } from 'jsonc-parser';
import type { RecordedCall } from '../../call.ts';
import type { ForwardedMessage } from '../../forward/forward-call.ts';
import { formatSse } from '../../forward/sse.ts';
import { execute, type Steps } from '../../pipeline.ts';
import type { FinalAnswer } from '../../release/reply.ts';

/**
 * Asks the server about its own task, under its own id: the approved call was answered with it, and the caller knows
 * it by ours. Forwarded, masked and recorded like every call; in both directions only the id is exchanged.
 */
export function askUpstreamTask(
  steps: Steps<ForwardedMessage>,
  call: RecordedCall,
  ownId: string,
  upstreamId: string,
): Promise<FinalAnswer> {
  const raw = Buffer.from(withTaskId(call.raw.toString('utf8'), ['params', 'taskId'], upstreamId));
  const named = call.headers['mcp-name'] === undefined ? {} : { 'mcp-name': headerText(upstreamId) };
  const asked: RecordedCall = { ...call, raw, headers: { ...call.headers, ...named } };
  return execute(asked, {
    ...steps,
    forward: async function* (each) {
      for await (const message of steps.forward(each)) yield withOwnId(message, ownId);
    },
  });
}

/** An answer about the server's task becomes one about ours. Others, such as errors, pass as they are. */
function withOwnId(message: ForwardedMessage, ownId: string): ForwardedMessage {
  if (!message.final || !message.text.includes('"taskId"')) return message;
  const { result } = JSON.parse(message.text) as { readonly result?: { readonly taskId?: unknown } };
  if (result?.taskId === undefined) return message;
  const text = withTaskId(message.text, ['result', 'taskId'], ownId);
  return withText(message, text);
}

export function withText(message: ForwardedMessage, text: string): ForwardedMessage {
  const { event } = message;
  if (event === undefined) return { ...message, text };
  return { ...message, text, event: { ...event, raw: formatSse(text, event), data: text } };
}

/** Puts an id in its place and changes no other byte. */
export function withTaskId(text: string, path: string[], id: string): string {
  return applyEdits(text, modify(text, path, id, {}));
}

/** A header value for `Mcp-Name`: what is no plain ASCII goes in the base64 sentinel (basic/transports). */
export function headerText(value: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith('=?');
  return plain ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}
