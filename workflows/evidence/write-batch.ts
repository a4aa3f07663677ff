import type pg from 'pg';
import type { AppendedEntry } from '../contract/entry.ts';
import { runGuard } from './guard.ts';
import { appended, findEntries, RolledBack, type OpenLog } from './ledger-sql.ts';
import type { PendingAppend } from './pending-append.ts';
import type { PreparedEntry } from './prepare-entry.ts';

/** What became of one append in a transaction. It is told to the caller only after COMMIT. */
export type AppendVerdict =
  | { readonly code: 'committed'; readonly entries: readonly AppendedEntry[] }
  | { readonly code: 'refused'; readonly error: Error }
  /** Its deadline passed in doubt; the look-up under the lock shows that it never committed. */
  | { readonly code: 'absent' }
  | { readonly code: 'retry' };

/** What was committed, and the log as it then ended. */
export interface WrittenBatch {
  readonly verdicts: ReadonlyMap<PendingAppend, AppendVerdict>;
  readonly after: OpenLog;
}

/** Numbers entries from the size of the log on. An entry that stands already keeps the place it has. */
class Placement {
  readonly fresh: PreparedEntry[] = [];
  readonly #firstSeq: number;
  readonly #known: Map<string, AppendedEntry>;

  constructor(firstSeq: number, known: ReadonlyMap<string, AppendedEntry>) {
    this.#firstSeq = firstSeq;
    this.#known = new Map(known);
  }

  find({ id, once }: PreparedEntry): AppendedEntry | undefined {
    return this.#known.get(id) ?? (once === undefined ? undefined : this.#known.get(once.toString('hex')));
  }

  place(entry: PreparedEntry): AppendedEntry {
    const standing = this.find(entry);
    if (standing !== undefined) return standing;
    const placed = appended(this.#firstSeq + this.fresh.length, entry.id, entry.body?.commitment);
    this.fresh.push(entry);
    if (entry.once !== undefined) this.#known.set(entry.once.toString('hex'), placed);
    return placed;
  }
}

/**
 * Writes a batch and commits it with `append`. `log` is locked, or is where it is expected to end; a batch with guards,
 * keys or doubts needs the lock. Duplicates are dropped before numbering: a number given and not used would be a hole.
 * Throws `RolledBack` when nothing was committed; the appends are in doubt after other errors only if they say so.
 */
export async function writeBatch(
  client: pg.Client,
  origin: string,
  log: OpenLog,
  batch: readonly PendingAppend[],
  append: (client: pg.Client, log: OpenLog, entries: readonly PreparedEntry[]) => Promise<OpenLog>,
): Promise<WrittenBatch> {
  const placement = new Placement(log.size, await findStanding(client, origin, batch));
  const verdicts = new Map<PendingAppend, AppendVerdict>();
  for (const pending of batch) verdicts.set(pending, await judgeAppend(client, pending, placement));
  const committing = batch.filter((pending) => verdicts.get(pending)?.code === 'committed');
  const wereInDoubt = committing.map((pending) => pending.inDoubt);
  for (const pending of committing) pending.inDoubt = true;
  try {
    return { verdicts, after: await append(client, log, placement.fresh) };
  } catch (error) {
    if (error instanceof RolledBack) committing.forEach((pending, at) => (pending.inDoubt = wereInDoubt[at] ?? true));
    throw error;
  }
}

/** Looked up only when the batch has keys or doubts: most batches have neither. */
async function findStanding(
  client: pg.Client,
  origin: string,
  batch: readonly PendingAppend[],
): Promise<ReadonlyMap<string, AppendedEntry>> {
  const onces = batch.flatMap((append) => append.entries.flatMap((entry) => entry.once ?? []));
  const ids = batch.flatMap((append) => (append.inDoubt ? append.entries.map((entry) => entry.id) : []));
  return onces.length + ids.length === 0 ? new Map() : findEntries(client, origin, onces, ids);
}

async function judgeAppend(client: pg.Client, append: PendingAppend, placement: Placement): Promise<AppendVerdict> {
  const standing = append.entries.flatMap((entry) => placement.find(entry) ?? []);
  // All of it stands, with what its guard changed: an earlier try or an earlier run has done it.
  if (standing.length === append.entries.length) return { code: 'committed', entries: standing };
  if (append.expired) return { code: 'absent' };
  if (append.guard !== undefined) {
    const verdict = await runGuard(client, append.guard);
    if (verdict.code !== 'held') return verdict;
  }
  return { code: 'committed', entries: append.entries.map((entry) => placement.place(entry)) };
}
