import { createHash, createHmac, type KeyObject } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { KnownCall } from '../call.ts';

/** What an approval is bound to. Two calls with the same action are the same call, whoever retries it. */
export interface Action {
  readonly connection: string;
  readonly method: string;
  readonly tool: string;
  readonly caller: { readonly issuer: string; readonly subject: string };
  readonly canonicalArguments: string;
  readonly policyDigest: string;
}

export function actionOf(call: KnownCall, policyDigest: string): Action {
  return {
    connection: call.connection.name,
    method: call.method,
    tool: call.tool ?? call.uri ?? call.method,
    caller: { issuer: call.caller.issuer, subject: call.caller.subject },
    canonicalArguments: call.canonicalArguments,
    policyDigest,
  };
}

/** `sha256(nonce ‖ JCS(action))` in hex: with the nonce secret, masked values cannot be guessed from it. */
export function actionDigest(action: Action, nonce: Buffer): string {
  return createHash('sha256').update(nonce).update(bytesOf(action)).digest('hex');
}

/** Names the case that identical calls join. Keyed, so that a workflow id discloses nothing. Hex. */
export function joinKey(action: Action, key: KeyObject): string {
  return createHmac('sha256', key).update(bytesOf(action)).digest('hex');
}

function bytesOf(action: Action): string {
  const text = canonicalize(action);
  if (text === undefined) throw new Error('an action has no canonical form');
  return text;
}
