import type { KnownCall } from '../call.ts';
import type { Refusal } from '../release/refusal.ts';
import { budgetIdleMs, type Excess } from './account.ts';
import type { Limit } from './limit.ts';

const LIMITED = 'countersign.limited';
const secondMs = 1_000;
const minuteMs = 60 * secondMs;

/** What is asked of a limit to speak of it. */
type Told = Pick<Limit, 'id' | 'per' | 'rate' | 'concurrent' | 'budget' | 'reason'>;

/** PURE. What a caller reads whose call is too much: which limit, and when to come back. */
export function limitedRefusal(call: Pick<KnownCall, 'callId'>, limit: Told, { of, waitMs }: Excess): Refusal {
  const { id, reason } = limit;
  const retryAfterMs = Math.ceil(waitMs);
  const why = reason === undefined ? '' : ` ${reason}`;
  const sentence = `Limited: ${whatOf(limit, of)} (limit ${id}).${why} Nothing ran; call again in ${lengthOf(retryAfterMs)}.`;
  return { code: 'limited', callId: call.callId, sentence, rule: ruleOf(id), retryAfterMs, ...reasonOf(reason) };
}

/** PURE. What a caller reads who has as many open approvals as it may. */
export function tooManyApprovalsRefusal(
  call: Pick<KnownCall, 'callId'>,
  { id, most, reason }: { readonly id: string; readonly most: number; readonly reason?: string | undefined },
  retryAfterMs: number,
): Refusal {
  const why = reason === undefined ? '' : ` ${reason}`;
  const sentence =
    `Limited: ${most} calls of this caller wait for approval already, and it may have no more (limit ${id}).${why} ` +
    `Nothing ran; call again once one of them is decided. The first of them ends in ${lengthOf(retryAfterMs)}.`;
  return { code: 'limited', callId: call.callId, sentence, rule: ruleOf(id), retryAfterMs, ...reasonOf(reason) };
}

function ruleOf(id: string): string {
  return `${LIMITED}/${id}`;
}

function reasonOf(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}

function whatOf({ per, rate, concurrent, budget }: Told, of: Excess['of']): string {
  switch (of) {
    case 'rate':
      return `a ${per} has ${rate?.calls ?? 0} calls in ${lengthOf(rate?.withinMs ?? 0)}`;
    case 'concurrent':
      return `a ${per} has ${concurrent ?? 0} calls under way at once`;
    case 'calls':
      return `the ${budget?.calls ?? 0} calls of this ${per} are spent, until it makes none for ${lengthOf(budgetIdleMs)}`;
    case 'answerBytes':
      return `the ${budget?.answerBytes ?? 0} bytes of answers of this ${per} are spent, until it makes no call for ${lengthOf(budgetIdleMs)}`;
  }
}

/** PURE. `90 s`, `30 min`: rounded up, so that whoever comes back then is not too early. */
function lengthOf(ms: number): string {
  return ms <= 2 * minuteMs ? `${Math.ceil(ms / secondMs)} s` : `${Math.ceil(ms / minuteMs)} min`;
}
