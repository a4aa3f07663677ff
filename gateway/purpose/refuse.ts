import type { JudgedCall } from '../call.ts';
import type { PurposeLack } from '../policy/judge.ts';
import type { Refusal } from '../release/refusal.ts';
import { REASON_META_KEY, TICKET_META_KEY } from './read-purpose.ts';
import { REASON_ARGUMENT } from './reason-argument.ts';

/** What a caller reads whose call lacks a purpose: every way to give one that works here, with the exact names. */
export function purposeRefusal(call: JudgedCall, reason: string, lack: PurposeLack, rule: string | undefined): Refusal {
  const { codes } = lack;
  const what = `${call.connection.name}.${call.tool ?? call.method}`;
  const sentence = `Blocked: ${what} needs a purpose. ${reason} Nothing ran. ${howTo(call)}${beginning(codes)}`;
  return {
    code: 'blocked',
    callId: call.callId,
    sentence,
    reason,
    needs: 'purpose',
    ...(codes === undefined ? {} : { codes }),
    ...(rule === undefined ? {} : { rule }),
  };
}

function howTo({ connection, method }: JudgedCall): string {
  const argument =
    connection.purpose?.argument === true && method === 'tools/call'
      ? [`as the argument "${REASON_ARGUMENT}" of the tool`]
      : [];
  const ways = [
    ...argument,
    `in params._meta["${REASON_META_KEY}"] (a ticket in "${TICKET_META_KEY}")`,
    'percent-encoded in the HTTP header Evidence-Reason',
  ];
  return `Call again and say why: ${ways.slice(0, -1).join(', ')}, or ${ways.at(-1) ?? ''}.`;
}

function beginning(codes: readonly string[] | undefined): string {
  if (codes === undefined) return '';
  return ` Begin it with one of: ${codes.map((code) => `"${code}: "`).join(', ')}.`;
}
