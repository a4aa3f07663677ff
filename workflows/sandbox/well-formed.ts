import type { SignedDecision, WaitingCaller } from '../contract/approval.ts';

/**
 * Temporal does not say who sends a signal nor check what is in it. One that is not even of the right form is dropped
 * here, since an error in a handler would stop the whole case.
 */
export function isSignedDecision(message: unknown): message is SignedDecision {
  return hasStrings(message, ['approvalId', 'decisionId', 'proof']);
}

export function isWaitingCaller(message: unknown): message is WaitingCaller {
  return hasStrings(message, ['approvalId', 'callId', 'gatewayQueue']);
}

function hasStrings(message: unknown, names: readonly string[]): boolean {
  if (typeof message !== 'object' || message === null) return false;
  return names.every((name) => typeof (message as Record<string, unknown>)[name] === 'string');
}
