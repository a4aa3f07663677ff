import type { RecordedCall } from '../call.ts';
import type { UpstreamMessage } from '../pipeline.ts';
import type { Sessions } from '../receive/sessions.ts';
import type { SseEvent } from './sse.ts';
import { UpstreamFailure, type ReleasedHeaders, type Upstreams } from './upstream.ts';

/** One message of an upstream's answer, with what is needed to pass it on as it came. */
export interface ForwardedMessage extends UpstreamMessage {
  readonly status: number;
  readonly headers: ReleasedHeaders;
  /** Set when it came as an event. */
  readonly event: SseEvent | undefined;
}

/** The upstream closed its stream on purpose: the answer comes on a resumed one (MCP 2025-11-25, SEP-1699). */
export class AnswerComesElsewhere extends Error {}

export interface ForwardParts {
  readonly upstreams: Upstreams;
  readonly sessions: Sessions;
}

/** Streams whose end nobody can foresee have no deadline but their caller's. */
const endlessMethods = new Set(['subscriptions/listen']);

/**
 * Sends the original bytes and yields what comes back, message by message; the last one is the answer.
 * A modern caller that goes away cancels (it must not run on); a legacy one does not, and its answer is recorded.
 */
export async function* forwardCall(parts: ForwardParts, call: RecordedCall): AsyncGenerator<ForwardedMessage> {
  const { connection } = call;
  const end = new AbortController();
  const abort = (): void => end.abort();
  const deadline = endlessMethods.has(call.method) ? undefined : setTimeout(abort, connection.timeoutMs);
  if (call.era === 'modern') call.reply.gone.addEventListener('abort', abort, { once: true });
  try {
    yield* answerOf(parts, call, end.signal);
  } finally {
    // Cleared by hand: a signal with a timeout of its own would stay behind for minutes after each call.
    clearTimeout(deadline);
    call.reply.gone.removeEventListener('abort', abort);
  }
}

async function* answerOf(
  parts: ForwardParts,
  call: RecordedCall,
  signal: AbortSignal,
): AsyncGenerator<ForwardedMessage> {
  const { connection, headers, raw } = call;
  const answer = await parts.upstreams.send({ connection, method: 'POST', headers, body: raw, signal });
  await bindSession(parts.sessions, call, answer.headers);
  if (answer.kind === 'body') {
    yield { final: true, text: answer.bytes.toString('utf8'), ...framing(answer), event: undefined };
    return;
  }
  let resumable = false;
  for await (const event of answer.events) {
    resumable ||= event.id !== undefined;
    const final = event.data !== undefined && isAnswerTo(event.data, call.id);
    yield { final, text: event.data ?? '', ...framing(answer), event };
  }
  if (resumable && call.era === 'legacy') throw new AnswerComesElsewhere();
  throw new UpstreamFailure('interrupted', 'the stream ended without an answer');
}

function framing(answer: { status: number; headers: ReleasedHeaders }) {
  return { status: answer.status, headers: answer.headers };
}

/** A session belongs to whoever opened it, from before its id reaches them. */
async function bindSession(sessions: Sessions, call: RecordedCall, headers: ReleasedHeaders): Promise<void> {
  const id = headers['mcp-session-id'];
  if (id !== undefined && call.method === 'initialize') await sessions.open(call.connection.name, id, call.principal);
}

function isAnswerTo(data: string, id: RecordedCall['id']): boolean {
  if (!data.includes('"id"')) return false;
  const message = JSON.parse(data) as { id?: unknown; method?: unknown };
  return message.id === id && message.method === undefined;
}
