import { deferred } from '../deferred.ts';
import type { FinalAnswer } from '../release/reply.ts';

/**
 * One ungated call that its workflow has run here. Only this process has the bytes, so this is the fence: it begins
 * once, or it was withdrawn before and never begins.
 */
export class WorkflowRun {
  readonly #execute: () => Promise<FinalAnswer>;
  readonly #released = deferred<FinalAnswer>();
  readonly #taken = deferred<boolean>();
  #state: 'waiting' | 'begun' | 'withdrawn' = 'waiting';
  #answer: FinalAnswer | undefined;

  constructor(execute: () => Promise<FinalAnswer>) {
    this.#execute = execute;
  }

  /** The answer, once its workflow has released it. Rejects with what withdrew it or failed it. */
  get released(): Promise<FinalAnswer> {
    return this.#released.promise;
  }

  /** Whether the caller took the answer. */
  get taken(): Promise<boolean> {
    return this.#taken.promise;
  }

  /** Runs the call, and is over when it is. Does nothing the second time. */
  async begin(): Promise<void> {
    if (this.#state !== 'waiting') return;
    this.#state = 'begun';
    try {
      this.#answer = await this.#execute();
    } catch (error) {
      this.fail(error);
    }
  }

  /** False when it has begun: then it is for the run to end. */
  withdraw(why: Error): boolean {
    if (this.#state === 'begun') return false;
    this.#state = 'withdrawn';
    this.fail(why);
    return true;
  }

  /** The caller hears of this instead of an answer. */
  fail(error: unknown): void {
    this.#released.reject(error);
  }

  /** Nothing, before there is an answer. */
  release(): void {
    if (this.#answer !== undefined) this.#released.resolve(this.#answer);
  }

  settleTaken(taken: boolean): void {
    this.#taken.resolve(taken);
  }
}

/** The ungated calls that workflows have run in this gateway, by call id, until their callers are answered. */
export class WorkflowRuns {
  readonly #runs = new Map<string, WorkflowRun>();

  add(callId: string, execute: () => Promise<FinalAnswer>): WorkflowRun {
    const run = new WorkflowRun(execute);
    this.#runs.set(callId, run);
    return run;
  }

  get(callId: string): WorkflowRun | undefined {
    return this.#runs.get(callId);
  }

  /** The call is over: its caller took the answer, or did not. */
  settle(callId: string, taken: boolean): void {
    this.#runs.get(callId)?.settleTaken(taken);
    this.#runs.delete(callId);
  }
}
