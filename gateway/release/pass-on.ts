import type { MaskedMessage, RecordedCall } from '../call.ts';
import type { ForwardedMessage } from '../forward/forward-call.ts';
import { formatSse, type SseEvent } from '../forward/sse.ts';
import { answerFacts } from '../record/answer-facts.ts';
import type { Recorder } from '../record/recorder.ts';
import type { FinalAnswer } from './reply.ts';

type MaskedForward = MaskedMessage & ForwardedMessage;

/** Records what is not the answer, then passes it at once and in order: progress, logs, the server's own requests. */
export async function passOn(recorder: Recorder, call: RecordedCall, message: MaskedForward): Promise<void> {
  const { event, headers } = message;
  if (event === undefined) return;
  if (event.data !== undefined && event.data !== '') await recorder.message(call, 'to_caller', message, message.facts);
  call.reply.openStream(headers);
  await call.reply.writeRaw(eventText(event, message));
}

/** Commits the answer and prepares its release, as a body or as the last event of a stream. */
export async function recordAnswer(
  recorder: Recorder,
  call: RecordedCall,
  message: MaskedForward,
): Promise<FinalAnswer> {
  await recorder.answer(call, message, answerFacts(message));
  const { status, headers, bytes, event } = message;
  if (event === undefined) return { status, headers, bytes };
  call.reply.openStream(headers);
  return { status, headers, bytes, event: { ...framingOf(event), raw: untouched(event, message) } };
}

/** What the caller reads of an event: the bytes it came in when nothing was changed, comments included. */
export function eventText(event: SseEvent, message: MaskedMessage & { readonly text: string }): string {
  const data = event.data === undefined ? undefined : message.bytes.toString('utf8');
  return untouched(event, message) ?? formatSse(data, framingOf(event));
}

/** Undefined when screening or masking has changed something, of the data or of what stands beside it. */
function untouched(event: SseEvent, { text, hits }: { text: string; hits: readonly unknown[] }): string | undefined {
  return hits.length === 0 && text === (event.data ?? '') ? event.raw : undefined;
}

function framingOf({ id, event, retry }: SseEvent) {
  return { id, event, retry };
}
