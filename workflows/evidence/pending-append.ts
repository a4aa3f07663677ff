import type { AppendedEntry } from '../contract/entry.ts';
import { LedgerUnavailable, type Settlement } from './append-errors.ts';
import type { Guard } from './guard.ts';
import type { PreparedEntry } from './prepare-entry.ts';

/**
 * One caller's append on its way. The caller is answered once; an append in doubt outlives its deadline until the
 * database has told what came of it.
 */
export class PendingAppend {
  readonly guard: Guard | undefined;
  readonly answer: Promise<readonly AppendedEntry[]>;
  entries: readonly PreparedEntry[] = [];
  phase: 'preparing' | 'queued' | 'taken' | 'done' = 'preparing';
  /** COMMIT was sent for it and not answered: it must be looked up before it is written again. */
  inDoubt = false;
  /** The caller was told that the ledger is unavailable, so it must not be written any more. */
  expired = false;
  readonly #timer: NodeJS.Timeout;
  readonly #onDone: (append: PendingAppend) => void;
  #resolve: (entries: readonly AppendedEntry[]) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #settle: (settlement: Settlement) => void = () => {};

  /** Calls `deadline` unless the append is done within `deadlineMs`, and `done` when nothing of it is left to do. */
  constructor(
    guard: Guard | undefined,
    deadlineMs: number,
    on: { readonly deadline: (append: PendingAppend) => void; readonly done: (append: PendingAppend) => void },
  ) {
    this.guard = guard;
    this.#onDone = on.done;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#timer = setTimeout(() => on.deadline(this), deadlineMs);
  }

  succeed(entries: readonly AppendedEntry[]): void {
    this.#finish('committed');
    this.#resolve(entries);
  }

  /** Nothing was committed. */
  fail(error: Error): void {
    this.#finish('absent');
    this.#reject(error);
  }

  /** Nobody will find out any more what came of it. */
  abandon(error: LedgerUnavailable): void {
    this.#finish('unknown');
    this.#reject(error);
  }

  /** Answers the caller, and keeps the append for its settlement. */
  expireInDoubt(message: string): void {
    this.expired = true;
    const settled = new Promise<Settlement>((resolve) => (this.#settle = resolve));
    this.#reject(new LedgerUnavailable(message, { settled }));
  }

  #finish(settlement: Settlement): void {
    clearTimeout(this.#timer);
    this.phase = 'done';
    this.#onDone(this);
    this.#settle(settlement);
  }
}
