import { identify, type AuthenticationParts } from '../authenticate/authenticate.ts';
import { LedgerUnavailable } from '../../workflows/evidence/ledger.ts';
import type { CallerHeaders, KnownCall, MaskedMessage, RecordedCall } from '../call.ts';
import type { Connection } from '../config/config.ts';
import { GatewayError } from '../errors.ts';
import { requireUnpaused, type AdmitParts } from '../limits/admit.ts';
import { maskFor } from '../masking/fields/hidden-fields.ts';
import { maskMessage } from '../masking/mask-message.ts';
import { MaskingFailed } from '../masking/masker.ts';
import { Seam } from '../masking/stream-seam.ts';
import type { Steps } from '../pipeline.ts';
import { widestMasks } from '../policy/privacy.ts';
import { policedRevisionsOf } from '../receive/revisions.ts';
import { mcpSessionId } from '../receive/sessions.ts';
import { answerFacts } from '../record/answer-facts.ts';
import type { Recorder } from '../record/recorder.ts';
import { refusalAfter } from '../release/give-up.ts';
import { eventText } from '../release/pass-on.ts';
import { refusalAnswer } from '../release/refusals.ts';
import { screen, type ScreenParts } from '../screen/screen.ts';
import type { Reply } from '../release/reply.ts';
import type { Sender } from './caller-identity.ts';
import { answerIn, type ForwardedMessage } from './forward-call.ts';
import type { OpenCalls } from './open-calls.ts';
import { endIfGone } from './session-end.ts';
import { formatSse, type SseEvent } from './sse.ts';
import { UpstreamFailure, type UpstreamAnswer, type Upstreams } from './upstream.ts';

export interface SessionParts extends AuthenticationParts, ScreenParts, Pick<AdmitParts, 'pauses' | 'now'> {
  readonly newCallId: () => string;
  readonly openCalls: OpenCalls;
  readonly steps: Pick<Steps<ForwardedMessage>, 'screen' | 'mask'>;
}

export interface SessionRequest {
  readonly method: 'GET' | 'DELETE';
  readonly connection: Connection;
  readonly headers: CallerHeaders;
  readonly reply: Reply;
}

/**
 * A legacy session's other two verbs: GET opens its stream of server messages, each screened, masked and recorded
 * before it passes; DELETE ends it. A session must be the caller's own (404 otherwise). A server without sessions may
 * have such a stream too, and says 405 itself if not. Revision 2026-07-28 knows neither verb.
 */
export async function handleSession(parts: SessionParts, request: SessionRequest): Promise<void> {
  const { connection, headers, method, reply } = request;
  const known = await identify(parts, connection, headers, 'legacy', 'read');
  const revision = headers['mcp-protocol-version'];
  if (revision !== undefined && !policedRevisionsOf('legacy').includes(String(revision).trim())) {
    throw new GatewayError('METHOD_NOT_ALLOWED', { headers: { allow: 'POST' } });
  }
  const call = sessionCall(parts.newCallId(), request, known);
  reply.sender = call;
  if (method === 'GET') await requireUnpaused(parts, call);
  const nothing = { bytes: Buffer.from('{}'), hits: [] };
  if (method === 'DELETE') await parts.recorder.message(call, 'to_server', nothing);
  const answer = await send(parts.upstreams, request, call);
  const session = mcpSessionId(headers);
  // A server that does not let clients end its sessions (405) keeps this one, and so do we.
  const ended = method === 'DELETE' && answer.status < 300;
  if (ended && session !== undefined) await parts.sessions.end(connection.name, session);
  await endIfGone(parts.sessions, call, answer.status);
  if (answer.kind === 'stream') return streamOut(parts, call, answer);
  const bytes = Buffer.from(parts.masker.maskText(answer.bytes.toString('utf8'), hiddenOnStream(parts, call)).text);
  await reply.finish({ status: answer.status, headers: answer.headers, bytes });
}

async function streamOut(
  parts: SessionParts,
  call: KnownCall,
  { events, headers, status }: Extract<UpstreamAnswer, { kind: 'stream' }>,
): Promise<void> {
  const { reply } = call;
  reply.openStream(headers);
  const seam = new Seam();
  try {
    for await (const event of events) {
      await passEvent(parts, call, { final: false, text: event.data ?? '', status, headers, event }, seam);
    }
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
  } finally {
    reply.end();
  }
}

/** One event on its way. What may not pass leaves its id behind, so that a client that comes back does not get it. */
async function passEvent(
  parts: SessionParts,
  call: KnownCall,
  message: ForwardedMessage & { readonly event: SseEvent },
  seam: Seam,
): Promise<void> {
  const { event } = message;
  const { reply } = call;
  const answered = parts.openCalls.takeAwaited(call, answerIn(message.text)?.id);
  try {
    const masked =
      answered === undefined
        ? await prepare(parts, call, message, seam)
        : await prepareAnswer(parts, answered, { ...message, final: true });
    if (masked === undefined) {
      if (answered !== undefined) throw new Error('the answer is not for the caller');
      return await reply.writeRaw(idOf(event));
    }
    if (answered !== undefined) await parts.recorder.answer(answered, masked, answerFacts(masked));
    else if (masked.text !== '') await parts.recorder.message(call, 'to_caller', masked, masked.facts);
    await reply.writeRaw(eventText(event, masked));
  } catch (error) {
    if (answered !== undefined) {
      const refusal = await endWithout(parts.recorder, answered, error);
      return reply.writeRaw(formatSse(refusal, event));
    }
    if (!(error instanceof MaskingFailed)) throw error;
    await reply.writeRaw(idOf(event));
  }
}

/** Nobody can tell which call a message on this stream belongs to. */
function hiddenOnStream({ config }: SessionParts, { connection, caller }: KnownCall) {
  return maskFor(widestMasks(config().policy, { connection: connection.name, caller }), undefined);
}

async function prepare(
  parts: SessionParts,
  call: KnownCall,
  message: ForwardedMessage,
  seam: Seam,
): Promise<(MaskedMessage & ForwardedMessage) | undefined> {
  const screened = await screen(parts, call, message);
  return screened === undefined ? undefined : maskMessage(parts.masker, screened, seam, hiddenOnStream(parts, call));
}

/** An answer goes through the very steps that it would have gone through on its own stream. */
async function prepareAnswer(
  { steps }: SessionParts,
  call: RecordedCall,
  message: ForwardedMessage,
): Promise<(MaskedMessage & ForwardedMessage) | undefined> {
  const screened = await steps.screen(call, message);
  return screened === undefined ? undefined : steps.mask(call, screened);
}

/** The answer of a call came on this stream and may not be released; its caller reads why. */
async function endWithout(recorder: Recorder, call: RecordedCall, error: unknown): Promise<string> {
  const refusal = refusalAfter(call, error);
  // The recorder itself sees to the end of an answer that it could not take.
  if (!(error instanceof LedgerUnavailable)) await recorder.closeQuietly(call, refusal.code, {});
  return refusalAnswer(call, refusal).bytes.toString('utf8');
}

function idOf({ id }: SseEvent): string {
  return id === undefined ? '' : formatSse(undefined, { id });
}

async function send(upstreams: Upstreams, request: SessionRequest, sender: Sender): Promise<UpstreamAnswer> {
  const { connection, headers, method, reply } = request;
  reply.endless = method === 'GET';
  const end = method === 'GET' ? reply.gone : AbortSignal.timeout(connection.timeoutMs);
  const signal = AbortSignal.any([reply.cut, end]);
  try {
    return await upstreams.send({ connection, method, headers, signal, sender });
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    throw new GatewayError('UPSTREAM_UNAVAILABLE', { cause: error });
  }
}

/** Entries speak of calls; a session's own verbs are written down as one without a JSON-RPC message. */
function sessionCall(callId: string, request: SessionRequest, known: Awaited<ReturnType<typeof identify>>): KnownCall {
  const { connection, headers, method, reply } = request;
  return {
    ...known,
    callId,
    connection,
    headers,
    reply,
    era: 'legacy',
    kind: 'notification',
    method: `session/${method.toLowerCase()}`,
    id: undefined,
    raw: Buffer.alloc(0),
    params: undefined,
    tool: undefined,
    uri: undefined,
    canonicalArguments: 'null',
    progressToken: undefined,
  };
}
