import { createHash, createHmac, type KeyObject } from 'node:crypto';
import type { Json } from '../../workflows/contract/call.ts';
import { canonicalText } from '../../workflows/evidence/canonical.ts';
import type { KnownCall, ReceivedCall } from '../call.ts';
import { isObject } from '../receive/is-object.ts';
import { ownRequestState } from './request-state.ts';

/** What an approval is bound to. Two calls with the same action are the same call, whoever retries it. */
export interface Action {
  readonly connection: string;
  readonly method: string;
  readonly tool: string;
  /** SHA-256 of the tool's definition, in hex; null for what has none. */
  readonly toolDefinitionDigest: string | null;
  readonly caller: { readonly issuer: string; readonly subject: string };
  readonly canonicalArguments: string;
  /** What a call brings besides its arguments: answers to its server, and that server's state (MCP 2026-07-28). */
  readonly brought: Json;
  /** The code of what it is for: an approval for one purpose is none for another. Its words are the caller's to choose. */
  readonly purpose?: string;
  readonly policyDigest: string;
}

/** `toolDefinitionDigest` is the one the tool had when the call was judged, unless a newer one is known. */
export function actionOf(
  call: KnownCall,
  policyDigest: string,
  toolDefinitionDigest: string | null = call.pin?.digest ?? null,
): Action {
  return {
    connection: call.connection.name,
    method: call.method,
    tool: call.tool ?? call.uri ?? call.method,
    toolDefinitionDigest,
    caller: { issuer: call.caller.issuer, subject: call.caller.subject },
    canonicalArguments: call.canonicalArguments,
    brought: broughtBy(call),
    ...(call.purpose?.code === undefined ? {} : { purpose: call.purpose.code }),
    policyDigest,
  };
}

/** A state of ours brings a call back to its own case, so what comes with it makes no other one. */
export function broughtBy(call: ReceivedCall): Json {
  const { params } = call;
  if (!isObject(params) || ownRequestState(call) !== undefined) return null;
  const { inputResponses = null, requestState = null } = params as Readonly<Record<string, Json>>;
  return inputResponses === null && requestState === null ? null : { inputResponses, requestState };
}

/** `sha256(nonce ‖ JCS(action))` in hex: with the nonce secret, masked values cannot be guessed from it. */
export function actionDigest(action: Action, nonce: Buffer): string {
  return createHash('sha256').update(nonce).update(canonicalText(action)).digest('hex');
}

/** Names the case that identical calls join. Keyed, so that a workflow id discloses nothing. Hex. */
export function joinKey(action: Action & { readonly masks?: readonly string[] }, key: KeyObject): string {
  return createHmac('sha256', key).update(canonicalText(action)).digest('hex');
}
