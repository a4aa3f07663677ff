import type { Json } from '../../workflows/contract/call.ts';
import type { KnownCall, RecordedCall } from '../call.ts';
import { toolSettings } from '../config/tool-settings.ts';
import type { UpstreamMessage } from '../pipeline.ts';
import { capNegotiation } from '../receive/revisions.ts';
import type { Sessions } from '../receive/sessions.ts';
import type { Recorder } from '../record/recorder.ts';
import { inBandAnswer } from './in-band-answer.ts';
import type { OpenCalls } from './open-calls.ts';
import { resumeStream } from './resume-stream.ts';
import { endIfGone } from './session-end.ts';
import { isMessageEvent, type SseEvent } from './sse.ts';
import { StreamPosition } from './stream-position.ts';
import { takeBackUpstream } from './take-back-upstream.ts';
import {
  UpstreamFailure,
  type UpstreamFailureKind,
  type ReleasedHeaders,
  type UpstreamAnswer,
  type Upstreams,
} from './upstream.ts';

/** One message of an upstream's answer, with what is needed to pass it on as it came. */
export interface ForwardedMessage extends UpstreamMessage {
  readonly status: number;
  readonly headers: ReleasedHeaders;
  /** Set when it came as an event. */
  readonly event: SseEvent | undefined;
  /** What screening found, for the record. */
  readonly facts?: Readonly<Record<string, Json>>;
}

/** The upstream closed its stream on purpose: the answer comes on a resumed one (MCP 2025-11-25, SEP-1699). */
export class AnswerComesElsewhere extends Error {}

export interface ForwardParts {
  readonly upstreams: Upstreams;
  readonly sessions: Sessions;
  readonly recorder: Recorder;
  readonly openCalls: OpenCalls;
}

/** Streams whose end nobody can foresee have no deadline but their caller's. */
const endlessMethods = new Set(['subscriptions/listen']);

/**
 * Sends the original bytes and yields what comes back, message by message; the last one is the answer.
 * A modern caller that goes away cancels (it must not run on); a legacy one does not, and its answer is recorded.
 *
 * A tool's own `timeout`, else its connection's, is for the whole call: progress does not extend it, or a server could
 * keep a call open for as long as it likes. A legacy server is then told that the call is taken back.
 */
export async function* forwardCall(parts: ForwardParts, call: RecordedCall): AsyncGenerator<ForwardedMessage> {
  const { reply } = call;
  const end = new AbortController();
  const giveUp = (kind: UpstreamFailureKind, why: string) => (): void => end.abort(new UpstreamFailure(kind, why));
  const leave = giveUp('taken_back', 'the caller has gone');
  const underWay = parts.openCalls.begin(call, giveUp('taken_back', 'the caller cancelled it'));
  reply.endless = call.era === 'modern' && endlessMethods.has(call.method);
  const deadline = reply.endless
    ? undefined
    : setTimeout(giveUp('timed_out', 'the server did not answer in time'), timeoutOf(call));
  const unhook = [
    reply.whenCut((why) => giveUp('stopped', why)()),
    ...(call.era === 'modern' ? [hook(reply.gone, leave)] : []),
  ];
  try {
    yield* answerOf(parts, call, end.signal);
  } finally {
    // Cleared by hand: a signal with a timeout of its own would stay behind for minutes after each call.
    clearTimeout(deadline);
    for (const undo of unhook) undo();
    underWay.end();
    if (isOurs(end.signal)) takeBackUpstream(parts, call);
  }
}

/** In milliseconds. */
export function timeoutOf({ connection, method, tool }: RecordedCall): number {
  const own = method === 'tools/call' && tool !== undefined ? toolSettings(connection, tool).timeout : undefined;
  return own ?? connection.timeoutMs;
}

async function* answerOf(
  parts: ForwardParts,
  call: RecordedCall,
  signal: AbortSignal,
): AsyncGenerator<ForwardedMessage> {
  const { connection, headers, raw } = call;
  let answer = await parts.upstreams.send({ connection, method: 'POST', headers, body: raw, signal, sender: call });
  await bindSession(parts.sessions, call, answer.headers);
  await endIfGone(parts.sessions, call, answer.status);
  const position = new StreamPosition();
  while (answer.kind === 'stream') {
    const broken = yield* eventsOf(call, answer, position, signal);
    if (position.lastEventId === undefined || call.era === 'modern') {
      throw broken ?? new UpstreamFailure('interrupted', 'the stream ended without an answer');
    }
    // A held call's caller has a stream of ours and cannot resume the server's; a broken one is mended where it broke.
    if (broken === undefined && call.judgement.verdict !== 'hold') throw new AnswerComesElsewhere();
    answer = await resumeStream(parts.upstreams, call, position, signal);
  }
  yield finalMessage(call, inBandAnswer(call, answer), undefined);
}

/** Ends when the stream does: with the failure that broke it, or without one. */
async function* eventsOf(
  call: RecordedCall,
  answer: Extract<UpstreamAnswer, { kind: 'stream' }>,
  position: StreamPosition,
  signal: AbortSignal,
): AsyncGenerator<ForwardedMessage, UpstreamFailure | undefined> {
  const { status, headers } = answer;
  try {
    for await (const event of answer.events) {
      position.note(event);
      const text = event.data ?? '';
      if (isMessageEvent(event) && isAnswerTo(text, call.id)) yield finalMessage(call, { ...answer, text }, event);
      else yield { final: false, text, status, headers: releasable(call, headers), event };
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof UpstreamFailure) || error.kind !== 'interrupted' || signal.aborted) throw error;
    return error;
  }
}

function finalMessage(
  call: RecordedCall,
  answer: { readonly status: number; readonly headers: ReleasedHeaders; readonly text: string },
  event: SseEvent | undefined,
): ForwardedMessage {
  const { status, headers, text } = answer;
  return {
    final: true,
    text: capNegotiation(call.method, text),
    status,
    headers: releasable(call, headers),
    event,
  };
}

/** Revision 2026-07-28 has no sessions, whatever its server says. */
export function releasable({ era }: KnownCall, headers: ReleasedHeaders): ReleasedHeaders {
  if (era === 'legacy' || headers['mcp-session-id'] === undefined) return headers;
  const { 'mcp-session-id': _session, ...others } = headers;
  return others;
}

/** A session belongs to whoever opened it, from before its id reaches them. */
async function bindSession(sessions: Sessions, call: RecordedCall, headers: ReleasedHeaders): Promise<void> {
  const id = headers['mcp-session-id'];
  if (id !== undefined && call.method === 'initialize' && call.era === 'legacy') {
    await sessions.open(call.connection.name, id, call.principal);
  }
}

function isAnswerTo(data: string, id: RecordedCall['id']): boolean {
  const message = answerIn(data);
  return message !== undefined && message.id === id;
}

/** The response in an event's data; undefined for a request, a notification or anything else. */
export function answerIn(data: string): { readonly id: unknown } | undefined {
  if (!data.includes('"id"')) return undefined;
  try {
    const message = JSON.parse(data) as { id?: unknown; method?: unknown } | null;
    if (typeof message !== 'object' || message === null || message.method !== undefined) return undefined;
    return { id: message.id };
  } catch {
    return undefined;
  }
}

/** Whether the gateway itself has given the call up, so that its server has not heard of it. */
function isOurs({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof UpstreamFailure && reason.kind !== 'taken_back';
}

/** Also when the signal had aborted before. */
function hook(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) listener();
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
