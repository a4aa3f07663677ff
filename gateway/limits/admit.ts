import type { JudgedCall, KnownCall } from '../call.ts';
import type { Limiter } from './limiter.ts';
import type { Pauses, Sender } from './pauses.ts';
import { pausedRefusal, refusedError, turnAway } from './turn-away.ts';

export interface AdmitParts {
  readonly pauses: Pauses;
  readonly limiter: Limiter;
  readonly now: () => Date;
}

/**
 * Whether a judged message may go on now. A pause stops everything but what ends things; of what policy lets through,
 * limits then turn away what is too much. A call that is turned away is judged "block", with `turnedAway`.
 */
export function admit(parts: AdmitParts, call: JudgedCall): JudgedCall | Promise<JudgedCall> {
  call.reply.sender = call;
  if (endsSomething(call)) return call;
  const fresh = parts.pauses.fresh();
  return fresh === undefined ? admitNow(parts, call) : fresh.then(() => admitNow(parts, call));
}

function admitNow({ pauses, limiter, now }: AdmitParts, call: JudgedCall): JudgedCall {
  const pause = pauses.of(call);
  if (pause !== undefined) return turnAway(call, pausedRefusal(call, pause, now()));
  const { verdict } = call.judgement;
  return verdict === 'block' || verdict === 'own' ? call : limiter.admit(call);
}

/** Refuses a stream of server messages to somebody who is paused, with PAUSED. */
export async function requireUnpaused(
  { pauses, now }: Pick<AdmitParts, 'pauses' | 'now'>,
  sender: Sender & Pick<KnownCall, 'callId'>,
): Promise<void> {
  await pauses.fresh();
  const pause = pauses.of(sender);
  if (pause !== undefined) throw refusedError(pausedRefusal(sender, pause, now()));
}

/** Who may do nothing else may still take back what is under way. */
function endsSomething({ kind, method }: KnownCall): boolean {
  return kind === 'request'
    ? method === 'tasks/cancel'
    : kind === 'notification' && method === 'notifications/cancelled';
}
