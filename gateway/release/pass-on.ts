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
  if (event.data !== undefined && event.data !== '') await recorder.message(call, 'to_caller', message);
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
  return { status, headers, bytes, event: framingOf(event) };
}

/** An untouched event leaves as the bytes it came in, comments included. */
export function eventText(event: SseEvent, { hits, bytes }: MaskedMessage): string {
  return hits.length === 0 ? event.raw : formatSse(bytes.toString('utf8'), framingOf(event));
}

function framingOf({ id, event }: SseEvent) {
  return { ...(id === undefined ? {} : { id }), ...(event === undefined ? {} : { event }) };
}
