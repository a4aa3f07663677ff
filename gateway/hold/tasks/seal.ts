import type { KeyObject } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Caller } from '../../../workflows/contract/call.ts';
import type { AppendedEntry } from '../../../workflows/contract/entry.ts';
import { seal, unseal } from '../../../workflows/evidence/seal.ts';
import type { CallerHeaders, KnownCall, RecordedCall } from '../../call.ts';
import type { Purpose } from '../../policy/judge-input.ts';
import type { Connection } from '../../config/config.ts';
import { receive } from '../../receive/receive.ts';
import { Reply } from '../../release/reply.ts';

/** Headers that never leave a caller's own request: what it is let in by, and what belongs to its connection. */
const unsealedHeaders = new Set(['authorization', 'cookie', 'proxy-authorization', 'host', 'connection']);

/** A call that waits to be run, still sealed. */
export interface SealedTask {
  readonly id: string;
  readonly callId: string;
  readonly connection: string;
  readonly principal: string;
  readonly sessionId: string;
  readonly sealed: Buffer;
}

/** What is sealed of a call: enough to read it again as if it had just come. */
interface SealedCall {
  readonly raw: string;
  readonly headers: CallerHeaders;
  readonly caller: Caller;
  readonly entry: AppendedEntry;
  /** It may have stood where the bytes have it no more. */
  readonly purpose?: Purpose;
}

/** Seals a call for the time it waits. The bytes open only for the same call id. */
export function sealCall(key: KeyObject, call: RecordedCall, random: (size: number) => Buffer): Buffer {
  const { raw, caller, entry, purpose } = call;
  const headers = Object.fromEntries(Object.entries(call.headers).filter(([name]) => !unsealedHeaders.has(name)));
  const sealed: SealedCall = { raw: raw.toString('base64'), headers, caller, entry, ...purposeOf(purpose) };
  return seal(key, Buffer.from(JSON.stringify(sealed)), contextOf(call.callId), random);
}

/** Reads the call again, from its own bytes, for a connection as it is configured now. Throws when it cannot. */
export function openCall(
  key: KeyObject,
  task: SealedTask,
  connection: Connection,
): KnownCall & Pick<RecordedCall, 'entry'> {
  const { callId, principal, sessionId } = task;
  const text = unseal(key, task.sealed, contextOf(callId)).toString('utf8');
  const { raw, headers, caller, entry, purpose } = JSON.parse(text) as SealedCall;
  const post = { connection, headers, body: Buffer.from(raw, 'base64'), reply: replyToNobody() };
  const received = receive(post, () => callId);
  return { ...received, caller, principal, sessionId, entry, ...purposeOf(purpose) };
}

function purposeOf(purpose: Purpose | undefined) {
  return purpose === undefined ? {} : { purpose };
}

function contextOf(callId: string): string {
  return `countersign/task/${callId}`;
}

/** Nobody is at the line: what is written is dropped, and nobody can hang up. */
export function replyToNobody(): Reply {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.destroy();
  return new Reply(response);
}
