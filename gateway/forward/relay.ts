import type { JudgedCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import type { WaitingCalls } from '../hold/waiting-calls.ts';
import type { Masker } from '../masking/masker.ts';
import type { Recorder } from '../record/recorder.ts';
import { answerToServer, type Relayed } from '../screen/requests/server-answers.ts';
import type { ServerAsks } from '../screen/requests/server-asks.ts';
import { isObject } from '../receive/is-object.ts';
import type { Sessions } from '../receive/sessions.ts';
import { releasable } from './forward-call.ts';
import type { OpenCalls } from './open-calls.ts';
import { endIfGone } from './session-end.ts';
import { UpstreamFailure, type UpstreamAnswer, type Upstreams } from './upstream.ts';

export interface RelayParts {
  readonly recorder: Recorder;
  readonly masker: Masker;
  readonly upstreams: Upstreams;
  readonly sessions: Sessions;
  readonly openCalls: OpenCalls;
  readonly waiting: WaitingCalls;
  readonly asks: ServerAsks;
}

/**
 * Records and forwards a message that wants no answer (202). The one that takes a held call back stays here: its
 * server never saw that call, and the case stays open for the caller's return.
 */
export async function relay(parts: RelayParts, call: JudgedCall): Promise<void> {
  const { recorder, masker, waiting } = parts;
  if (call.judgement.verdict !== 'allow') throw new GatewayError('METHOD_NOT_ALLOWED', { detail: call.method });
  const { recorded, facts, sent } = relayed(parts, call);
  await recorder.message(call, 'to_server', recorded, facts);
  const held = heldCallTakenBack(waiting, call);
  if (held !== undefined) {
    held.cancel();
    await call.reply.finish({ status: 202, headers: {}, bytes: Buffer.alloc(0) });
    return;
  }
  const answer = await send(parts.upstreams, call, sent);
  await endIfGone(parts.sessions, call, answer.status);
  if (call.method === 'notifications/cancelled') parts.openCalls.takeBack(call, requestIdOf(call));
  if (answer.kind === 'stream') answer.discard();
  const text = answer.kind === 'body' ? answer.bytes.toString('utf8') : '';
  const bytes = Buffer.from(masker.maskText(text).text);
  await call.reply.finish({ status: answer.status, headers: releasable(call, answer.headers), bytes });
}

/** A notification leaves as it came; the answer to a server's request as that request's setting has it. */
function relayed({ asks, masker }: RelayParts, call: JudgedCall): Relayed {
  const recorded = masker.maskJson(call.raw);
  return call.kind === 'response' ? answerToServer(asks, call, recorded) : { recorded, sent: call.raw };
}

async function send(upstreams: Upstreams, call: JudgedCall, body: Buffer): Promise<UpstreamAnswer> {
  const { connection, headers } = call;
  const signal = AbortSignal.timeout(connection.timeoutMs);
  try {
    return await upstreams.send({ connection, method: 'POST', headers, body, signal, sender: call });
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    throw new GatewayError('UPSTREAM_UNAVAILABLE', { cause: error });
  }
}

function heldCallTakenBack(waiting: WaitingCalls, call: JudgedCall) {
  if (call.method !== 'notifications/cancelled') return undefined;
  return waiting.find(call.sessionId, call.principal, requestIdOf(call));
}

/** The request that `notifications/cancelled` speaks of. */
function requestIdOf({ params }: JudgedCall): unknown {
  return isObject(params) ? params['requestId'] : undefined;
}
