import type { ApprovalOutcome } from '../../workflows/contract/approval.ts';
import type { RecordedCall } from '../call.ts';
import type { Pause } from '../limits/pause-store.ts';

/** It was approved, and an operator has paused its caller or connection: it did not run, and may yet. */
export interface PausedOutcome {
  readonly code: 'paused';
  readonly pause: Pause;
}

/** What reaches a waiting call: the outcome with the recorded answer's bytes, or word to call or to open again. */
export interface Delivery {
  readonly outcome: ApprovalOutcome | { readonly code: 'pending' | 'case_ended' } | PausedOutcome;
  /** The recorded answer; set exactly when the outcome is `answered`. */
  readonly answer?: Buffer;
}

/** A call whose caller waits here. Its bytes are forwarded only from here, so nothing runs without a live caller. */
export interface WaitingCall {
  readonly call: RecordedCall;
  readonly approvalId: string;
  /** Set once the fence is taken: the execution, and not the end of the wait, then ends the call. */
  executing: boolean;
  deliver(delivery: Delivery): void;
  /** Resolves with whether the caller took the answer. */
  readonly taken: Promise<boolean>;
  settleTaken(taken: boolean): void;
  cancel(): void;
  showProgress(message: string): void;
  /** The server sends progress of its own, which may only grow: the gateway sends none any more. */
  leaveProgress(): void;
}

const callAgain: Delivery = { outcome: { code: 'pending' } };

/** The calls that wait in this gateway, by call id. A process that dies loses sockets and nothing else. */
export class WaitingCalls {
  readonly #calls = new Map<string, WaitingCall>();
  #handingOver = false;

  add(waiting: WaitingCall): void {
    this.#calls.set(waiting.call.callId, waiting);
    if (this.#handingOver) waiting.deliver(callAgain);
  }

  get(callId: string): WaitingCall | undefined {
    return this.#calls.get(callId);
  }

  /** The call is over: its caller took the answer, or did not. */
  settle(callId: string, taken: boolean): void {
    this.#calls.get(callId)?.settleTaken(taken);
    this.#calls.delete(callId);
  }

  /**
   * This gateway stops: its callers come back or call again, and join their cases through another one. Whoever comes
   * later is told so at once; whose call runs already stays for its answer.
   */
  handOver(): void {
    this.#handingOver = true;
    for (const waiting of this.#calls.values()) if (!waiting.executing) waiting.deliver(callAgain);
  }

  /** An operator cuts these off. What runs already is ended by its execution. */
  turnAway(pause: Pause, which: (waiting: WaitingCall) => boolean): void {
    for (const waiting of this.#calls.values()) {
      if (!waiting.executing && which(waiting)) waiting.deliver({ outcome: { code: 'paused', pause } });
    }
  }

  /** Finds what `notifications/cancelled` means: a request of the same session and principal. */
  find(sessionId: string, principal: string, id: unknown): WaitingCall | undefined {
    for (const waiting of this.#calls.values()) {
      const { call } = waiting;
      if (call.id === id && call.sessionId === sessionId && call.principal === principal) return waiting;
    }
    return undefined;
  }
}
