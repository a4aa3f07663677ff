import { passFailpoint } from '../../workflows/contract/failpoint.ts';
import type { RecordedCall } from '../call.ts';
import { deferred } from '../deferred.ts';
import type { Cases, JoinedCase } from './cases.ts';
import { KeepAlive } from './keep-alive.ts';
import type { WaitPlan } from './wait-plan.ts';
import type { Delivery, WaitingCall, WaitingCalls } from './waiting-calls.ts';

export interface WaitParts {
  readonly cases: Cases;
  readonly waiting: WaitingCalls;
}

/** Why a wait ended: an outcome, or one without. `leg_over`: the caller may come back and wait on. */
export type WaitEnd = Delivery | { readonly outcome: { readonly code: 'pending' | 'gone' | 'cancelled' | 'leg_over' } };

/** Waits with the caller at the line until its case has an outcome, the plan's time is over, or the caller leaves. */
export async function waitFor(
  parts: WaitParts,
  call: RecordedCall,
  joined: JoinedCase,
  plan: WaitPlan,
): Promise<WaitEnd> {
  const { reply, progressToken } = call;
  const keepAlive = new KeepAlive(reply, progressToken, joined.request);
  const end = deferred<WaitEnd>();
  const taken = deferred<boolean>();
  const timeOver: WaitEnd = { outcome: { code: plan.kind === 'leg' ? 'leg_over' : 'pending' } };
  const waiting: WaitingCall = {
    call,
    approvalId: joined.approvalId,
    executing: false,
    // Told to call again, a caller in legs comes back by itself.
    deliver: (delivery) => end.resolve(delivery.outcome.code === 'pending' ? timeOver : delivery),
    cancel: () => end.resolve({ outcome: { code: 'cancelled' } }),
    showProgress: (message) => keepAlive.show(message),
    leaveProgress: () => keepAlive.leaveProgress(),
    taken: taken.promise,
    settleTaken: (value) => taken.resolve(value),
  };
  const gone = (): void => end.resolve({ outcome: { code: 'gone' } });
  reply.gone.addEventListener('abort', gone, { once: true });
  const timer = 'endsAfterMs' in plan ? setTimeout(() => end.resolve(timeOver), plan.endsAfterMs) : undefined;
  parts.waiting.add(waiting);
  try {
    await parts.cases.attach(joined, call.callId);
    passFailpoint('gateway.caller-attached');
    // A leg is shorter than any client's patience with a silent connection, and its answer may need an HTTP status.
    if (plan.kind === 'stream' || (plan.kind === 'leg' && progressToken !== undefined)) keepAlive.start();
    if (reply.gone.aborted) gone();
    return await end.promise;
  } finally {
    clearTimeout(timer);
    keepAlive.stop();
    reply.gone.removeEventListener('abort', gone);
  }
}
