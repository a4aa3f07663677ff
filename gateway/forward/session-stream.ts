import { identify, type AuthenticationParts } from '../authenticate/authenticate.ts';
import type { CallerHeaders, KnownCall } from '../call.ts';
import type { Connection } from '../config/config.ts';
import { GatewayError } from '../errors.ts';
import type { Masker } from '../masking/masker.ts';
import { maskMessage } from '../masking/mask-message.ts';
import { mcpSessionId } from '../receive/sessions.ts';
import type { Recorder } from '../record/recorder.ts';
import { eventText } from '../release/pass-on.ts';
import type { Reply } from '../release/reply.ts';
import { UpstreamFailure, type UpstreamAnswer, type Upstreams } from './upstream.ts';

export interface SessionParts extends AuthenticationParts {
  readonly upstreams: Upstreams;
  readonly masker: Masker;
  readonly recorder: Recorder;
  readonly newCallId: () => string;
}

export interface SessionRequest {
  readonly method: 'GET' | 'DELETE';
  readonly connection: Connection;
  readonly headers: CallerHeaders;
  readonly reply: Reply;
}

/**
 * A legacy session's other two verbs: GET opens its stream of server messages, each masked and recorded before it
 * passes; DELETE ends it. Both need a session of the caller's own (404 otherwise), without which they are 405.
 */
export async function handleSession(parts: SessionParts, request: SessionRequest): Promise<void> {
  const { connection, headers, method, reply } = request;
  const known = await identify(parts, connection, headers, 'legacy');
  const session = mcpSessionId(headers);
  if (session === undefined) throw new GatewayError('METHOD_NOT_ALLOWED', { headers: { allow: 'POST' } });
  const call = sessionCall(parts.newCallId(), request, known);
  const answer = await send(parts.upstreams, request, connection.timeoutMs);
  if (method === 'DELETE') {
    await parts.recorder.message(call, 'to_server', { bytes: Buffer.from('{}'), hits: [] });
    await parts.sessions.end(connection.name, session);
  }
  if (answer.kind === 'stream') return streamOut(parts, call, answer);
  const bytes = Buffer.from(parts.masker.maskText(answer.bytes.toString('utf8')).text);
  await reply.finish({ status: answer.status, headers: answer.headers, bytes });
}

async function streamOut(
  { masker, recorder }: SessionParts,
  call: KnownCall,
  { events, headers, status }: Extract<UpstreamAnswer, { kind: 'stream' }>,
): Promise<void> {
  const { reply } = call;
  reply.openStream(headers);
  try {
    for await (const event of events) {
      const masked = maskMessage(masker, { final: false, text: event.data ?? '', status, headers, event });
      if (masked.text !== '') await recorder.message(call, 'to_caller', masked);
      await reply.writeRaw(eventText(event, masked));
    }
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
  } finally {
    reply.end();
  }
}

async function send(upstreams: Upstreams, request: SessionRequest, timeoutMs: number): Promise<UpstreamAnswer> {
  const { connection, headers, method, reply } = request;
  const signal = method === 'GET' ? reply.gone : AbortSignal.timeout(timeoutMs);
  try {
    return await upstreams.send({ connection, method, headers, signal });
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
