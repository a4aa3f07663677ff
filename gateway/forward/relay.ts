import type { JudgedCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import type { WaitingCalls } from '../hold/waiting-calls.ts';
import type { Masker } from '../masking/masker.ts';
import type { Recorder } from '../record/recorder.ts';
import type { UpstreamAnswer, Upstreams } from './upstream.ts';
import { UpstreamFailure } from './upstream.ts';

export interface RelayParts {
  readonly recorder: Recorder;
  readonly masker: Masker;
  readonly upstreams: Upstreams;
  readonly waiting: WaitingCalls;
}

/**
 * Records and forwards a message that wants no answer (202). The one that takes a held call back stays here: its
 * server never saw that call, and the case stays open for the caller's return.
 */
export async function relay(parts: RelayParts, call: JudgedCall): Promise<void> {
  const { recorder, masker, waiting } = parts;
  if (call.judgement.verdict !== 'allow') throw new GatewayError('METHOD_NOT_ALLOWED', { detail: call.method });
  await recorder.message(call, 'to_server', masker.maskJson(call.raw));
  const held = heldCallTakenBack(waiting, call);
  if (held !== undefined) {
    held.cancel();
    await call.reply.finish({ status: 202, headers: {}, bytes: Buffer.alloc(0) });
    return;
  }
  const answer = await send(parts.upstreams, call);
  const text = answer.kind === 'body' ? answer.bytes.toString('utf8') : '';
  const bytes = Buffer.from(masker.maskText(text).text);
  await call.reply.finish({ status: answer.status, headers: answer.headers, bytes });
}

async function send(upstreams: Upstreams, { connection, headers, raw }: JudgedCall): Promise<UpstreamAnswer> {
  const signal = AbortSignal.timeout(connection.timeoutMs);
  try {
    return await upstreams.send({ connection, method: 'POST', headers, body: raw, signal });
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    throw new GatewayError('UPSTREAM_UNAVAILABLE', { cause: error });
  }
}

function heldCallTakenBack(waiting: WaitingCalls, call: JudgedCall) {
  if (call.method !== 'notifications/cancelled') return undefined;
  const { params } = call;
  if (typeof params !== 'object' || params === null || !('requestId' in params)) return undefined;
  return waiting.find(call.sessionId, call.principal, params['requestId']);
}
