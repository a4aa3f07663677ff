/** What a timed-out append came to, once the database could be asked. `unknown`: the ledger was closed before. */
export type Settlement = 'committed' | 'absent' | 'unknown';

/** The guard of an append did not change exactly one row, so neither it nor the drafts took effect. */
export class GuardRefused extends Error {
  override readonly name = 'GuardRefused';
}

/** A draft that cannot be an entry, whatever the state of the database. */
export class EntryRefused extends Error {
  override readonly name = 'EntryRefused';
}

/**
 * The ledger did not acknowledge an append in time.
 *
 * `inDoubt` is false when nothing was or will be committed. When it is true, COMMIT was on its way and unanswered:
 * the append is not tried again, and `settled` tells what came of it as soon as the database can be asked.
 */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
  readonly inDoubt: boolean;
  /** Never rejects. */
  readonly settled: Promise<Settlement>;

  constructor(message: string, options: { readonly cause?: unknown; readonly settled?: Promise<Settlement> } = {}) {
    super(message, { cause: options.cause });
    this.inDoubt = options.settled !== undefined;
    this.settled = options.settled ?? Promise.resolve('absent');
  }
}
