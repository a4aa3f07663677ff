import type { Json, RequestId } from '../../../workflows/contract/call.ts';
import type { KnownCall, MaskedMessage } from '../../call.ts';
import type { Config } from '../../config/config.ts';
import type { ForwardedMessage } from '../../forward/forward-call.ts';
import { UpstreamFailure, type Upstreams } from '../../forward/upstream.ts';
import { MaskingFailed, type Masker } from '../../masking/masker.ts';
import { mayRead } from '../../policy/targets.ts';
import type { Recorder } from '../../record/recorder.ts';
import { refusalAnswer } from '../../release/refusals.ts';
import type { ServerAsks } from './server-asks.ts';
import { readServerMessage, type ServerMessage } from './server-message.ts';
import {
  judgeServerRequest,
  refusalSentence,
  ServerRequestRefused,
  type RequestVerdict,
  type ServerRequest,
} from './server-requests.ts';

/** A server takes a refusal at once, or goes without: its caller's stream waits for this. */
const refusalTimeoutMs = 10_000;
const INVALID_REQUEST = -32_600;
const AMBIGUOUS = 'its message can be read in two ways';

export interface RequestParts {
  readonly config: () => Config;
  readonly upstreams: Upstreams;
  readonly masker: Masker;
  readonly recorder: Recorder;
  readonly asks: ServerAsks;
  readonly now: () => Date;
}

type Of<Kind extends ServerMessage['kind']> = Extract<ServerMessage, { kind: Kind }>;

/**
 * A server's requests to the caller, as messages of their own or within an answer, judged by the connection's settings
 * (MCP 2025-11-25, client; 2026-07-28, basic/patterns/mrtr). A refused request never reaches the caller; the server is
 * told. An answer that asks for what is refused throws ServerRequestRefused, or becomes an error on another's stream.
 */
export async function screenRequest(
  parts: RequestParts,
  call: KnownCall,
  message: ForwardedMessage,
): Promise<ForwardedMessage | undefined> {
  const read = readServerMessage(message.text, message.final);
  switch (read.kind) {
    case 'plain':
      return message;
    case 'notification':
      return screenNotification(parts, call, message, read);
    case 'request':
      return screenOwnRequest(parts, call, message, read);
    case 'asking':
      return screenAnswer(parts, call, message, read);
    case 'ambiguous':
      await recordRefused(parts, call, message, { why: AMBIGUOUS });
      if (read.isRequest && !message.final) await refuseServer(parts, call, read.id, INVALID_REQUEST, AMBIGUOUS);
      return message.final ? refuseAnswer(call, message, read.id, `Blocked: ${AMBIGUOUS}.`) : undefined;
  }
}

/** Word that a resource changed is for those who may read it. Any other notification passes, masked and recorded. */
async function screenNotification(
  parts: RequestParts,
  call: KnownCall,
  message: ForwardedMessage,
  { method, params }: Of<'notification'>,
): Promise<ForwardedMessage | undefined> {
  if (method !== 'notifications/resources/updated') return message;
  const uri = typeof params === 'object' && params !== null && 'uri' in params ? params.uri : undefined;
  const who = { connection: call.connection.name, caller: call.caller, at: parts.now() };
  if (typeof uri === 'string' && mayRead(parts.config().policy, who, uri)) return message;
  await recordRefused(parts, call, message, { why: 'the caller may not read this resource' });
  return undefined;
}

async function screenOwnRequest(
  parts: RequestParts,
  call: KnownCall,
  message: ForwardedMessage,
  { id, request }: Of<'request'>,
): Promise<ForwardedMessage | undefined> {
  const verdict = judgeOwn(parts, call, id, request);
  if (verdict.pass) {
    if (verdict.kind === undefined) return message;
    parts.asks.remember({ sessionId: call.sessionId, id }, verdict.kind);
    return { ...message, facts: { asks: verdict.kind } };
  }
  await recordRefused(parts, call, message, { asks: verdict.kind ?? 'unknown', why: verdict.why });
  // The modern era has no such requests, and so no way to answer one.
  if (call.era === 'legacy') {
    await refuseServer(parts, call, id, verdict.code, refusalSentence(call.connection, verdict.kind, verdict.why));
  }
  return undefined;
}

function judgeOwn(
  { masker }: RequestParts,
  { connection, era }: KnownCall,
  id: RequestId | undefined,
  request: ServerRequest,
): RequestVerdict {
  if (era === 'modern') {
    const why = 'this revision of MCP lets no server send requests';
    return { pass: false, kind: undefined, code: INVALID_REQUEST, why };
  }
  if (id === undefined) {
    return { pass: false, kind: undefined, code: INVALID_REQUEST, why: 'its request has no usable id' };
  }
  return judgeServerRequest(connection, request, cleanUnder(masker));
}

async function screenAnswer(
  parts: RequestParts,
  call: KnownCall,
  message: ForwardedMessage,
  { id, requests }: Of<'asking'>,
): Promise<ForwardedMessage | undefined> {
  const isClean = cleanUnder(parts.masker);
  for (const request of requests) {
    const verdict = judgeServerRequest(call.connection, request, isClean);
    if (verdict.pass) continue;
    await recordRefused(parts, call, message, { asks: verdict.kind ?? 'unknown', why: verdict.why });
    return refuseAnswer(call, message, id, refusalSentence(call.connection, verdict.kind, verdict.why));
  }
  return message;
}

/** On a stream that carries answers of other calls, the client that waits for this one reads the refusal there. */
function refuseAnswer(
  call: KnownCall,
  message: ForwardedMessage,
  id: RequestId | undefined,
  sentence: string,
): ForwardedMessage | undefined {
  if (message.final) throw new ServerRequestRefused(sentence);
  if (id === undefined) return undefined;
  const { bytes } = refusalAnswer({ ...call, id }, { code: 'blocked', callId: call.callId, sentence });
  return { ...message, text: bytes.toString('utf8') };
}

function cleanUnder(masker: Masker): (text: string) => boolean {
  return (text) => masker.maskText(text).hits.length === 0;
}

/** What the server said is recorded like what passes, masked, and marked as refused. */
async function recordRefused(
  { masker, recorder }: RequestParts,
  call: KnownCall,
  { text }: ForwardedMessage,
  facts: Readonly<Record<string, Json>>,
): Promise<void> {
  await recorder.message(call, 'to_caller', maskedOrNothing(masker, text), { refused: true, ...facts });
}

/** What cannot be masked is refused all the same, and recorded without its text. */
function maskedOrNothing(masker: Masker, text: string): MaskedMessage {
  try {
    return masker.maskJson(Buffer.from(text));
  } catch (error) {
    if (!(error instanceof MaskingFailed)) throw error;
    return { bytes: Buffer.from('{}'), hits: [] };
  }
}

/** Answers a server in its caller's place. One that cannot be reached waits for its own clock. */
async function refuseServer(
  { recorder, upstreams }: RequestParts,
  call: KnownCall,
  id: RequestId | undefined,
  code: number,
  message: string,
): Promise<void> {
  if (id === undefined) return;
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } }));
  await recorder.message(call, 'to_server', { bytes: body, hits: [] }, { refused: true });
  const { connection, headers } = call;
  const session = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'mcp-session-id': headers['mcp-session-id'],
    'mcp-protocol-version': headers['mcp-protocol-version'],
  };
  const signal = AbortSignal.timeout(refusalTimeoutMs);
  try {
    const answer = await upstreams.send({ connection, method: 'POST', headers: session, body, signal, sender: call });
    if (answer.kind === 'stream') answer.discard();
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
  }
}
