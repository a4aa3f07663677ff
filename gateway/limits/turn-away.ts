import type { JudgedCall, KnownCall, RecordedCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import type { Masker } from '../masking/masker.ts';
import { blockRefusal } from '../policy/judge-call.ts';
import { askedRefusal } from '../purpose/ask.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Refusal } from '../release/refusal.ts';
import { withMembers } from '../with-members.ts';
import type { Pause } from './pause-store.ts';
import type { RefusalFloods } from './refusal-floods.ts';

/** Names in refusals and in the record that no rule of the policy has asked. */
const PAUSED = 'countersign.paused';

/** PURE. The call as one that is blocked, whatever policy says of it. */
export function turnAway(call: JudgedCall, refusal: Refusal): JudgedCall {
  const ruleIds = refusal.rule === undefined ? [] : [refusal.rule];
  const judgement = { verdict: 'block', ruleIds, reason: refusal.reason ?? refusal.sentence } as const;
  return withMembers(call, { judgement, turnedAway: refusal });
}

/** PURE. What a caller reads who is paused, or whose connection is. */
export function pausedRefusal({ callId }: Pick<KnownCall, 'callId'>, pause: Pause, now: Date): Refusal {
  const { reason, until } = pause;
  const sentence =
    `Paused: ${whatOf(pause)} by an operator${until === undefined ? '' : `, until ${until} at the latest`}. ` +
    `Reason: ${reason} Nothing ran; call again once the pause is lifted.`;
  const wait = until === undefined ? {} : { retryAfterMs: Math.max(Date.parse(until) - now.getTime(), 0) };
  return { code: 'paused', callId, sentence, rule: PAUSED, reason, ...wait };
}

function whatOf({ scope, target }: Pause): string {
  switch (scope) {
    case 'everything':
      return 'everything behind this gateway is stopped';
    case 'connection':
      return `the connection ${target} is stopped`;
    case 'caller':
      return 'this caller is stopped';
  }
}

/** PURE. What a call that goes no further reads: from a pause, a limit or policy. Undefined: it goes on. */
export function refusalOf(call: JudgedCall): Refusal | undefined {
  return call.turnedAway ?? askedRefusal(call) ?? blockRefusal(call);
}

export interface TurnAwayParts {
  readonly recorder: Recorder;
  readonly masker: Masker;
  readonly floods: RefusalFloods;
}

/**
 * No record, no call: throws EVIDENCE_UNAVAILABLE. Of a flood of refusals the ledger has the count, and the call stands
 * under the entry that opened it.
 */
export async function recordRequest({ recorder, floods }: TurnAwayParts, call: JudgedCall): Promise<RecordedCall> {
  const refusal = refusalOf(call);
  const one = () => recorder.request(call, refusal);
  if (refusal === undefined) return one();
  return floods.record(call, refusal, one, (entry) => withMembers(call, { id: call.id ?? '', entry }));
}

/**
 * Records a message that wants no answer and does not reach its server, and refuses it: PAUSED or LIMITED, since there
 * is no result that could hold an outcome.
 */
export async function refuseMessage({ recorder, masker, floods }: TurnAwayParts, call: JudgedCall): Promise<void> {
  const refusal = call.turnedAway;
  if (refusal === undefined) return;
  const { code, rule } = refusal;
  const facts = { refused: true, code, ...(rule === undefined ? {} : { rule }) };
  const one = () => recorder.message(call, 'to_server', masker.maskJson(call.raw), facts);
  await floods.record(call, refusal, one, (opening) => opening);
  throw refusedError(refusal);
}

export function refusedError({ code, reason, sentence, retryAfterMs }: Refusal): GatewayError {
  const headers = retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) };
  return new GatewayError(code === 'paused' ? 'PAUSED' : 'LIMITED', { detail: reason ?? sentence, headers });
}
