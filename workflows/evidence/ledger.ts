import type { AppendedEntry, EntryDraft } from '../contract/entry.ts';
import { EntryRefused, GuardRefused, LedgerUnavailable } from './append-errors.ts';
import { BodyStore } from './body-store.ts';
import type { Guard } from './guard.ts';
import type { KeyRing } from './key-ring.ts';
import { connectionSettings, connectWriter, createReaders, type LedgerDatabase } from './ledger-connection.ts';
import { prepareEntry, type EntryStamp, type PreparedEntry } from './prepare-entry.ts';
import { createRandomPool } from './random-pool.ts';
import type { RandomBytes } from './seal.ts';
import { Sequencer } from './sequencer.ts';

export { EntryRefused, GuardRefused, LedgerUnavailable, type Guard };

/** The append-only log. Whoever has the result of `append` has it durable. */
export interface Ledger {
  /**
   * Appends all drafts together and in order, and resolves after COMMIT. The guard runs in the same transaction.
   * A call whose drafts all stand already under their `once` keys returns those, and its guard is not run again.
   * Throws `GuardRefused`, `EntryRefused` (no I-JSON, or over 16 KiB), or `LedgerUnavailable` after the deadline.
   */
  append(drafts: readonly EntryDraft[], guard?: Guard): Promise<readonly AppendedEntry[]>;
  /** The clear bytes of a body by its hex commitment; undefined when it or its key was destroyed. */
  readBody(commitment: string): Promise<Buffer | undefined>;
  /** Finishes what was accepted, and closes the connections. */
  close(): Promise<void>;
}

export type LedgerOptions = LedgerDatabase & {
  /** Name of the log without its month: `<deployment-host>/evidence/<tenant>`. */
  readonly origin: string;
  /** The process that writes, as entries name it. */
  readonly instance: string;
  readonly keys: KeyRing;
  readonly now: () => Date;
  readonly randomBytes?: RandomBytes;
  /** How long an append may take, in milliseconds. Default 2,000. */
  readonly deadlineMs?: number;
};

const defaultDeadlineMs = 2_000;
const entriesPerAppendMax = 512;
/** The origin is a note key name too: C2SP signed-note allows neither spaces nor `+` in it. */
const originPattern = /^[^\s+]+[^\s+/]$/;

/**
 * Connects and opens the log of the month with its first entry, when there is none. Throws when PostgreSQL cannot be
 * reached, lacks the schema, or runs without fsync or full_page_writes.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const {
    origin,
    instance,
    keys,
    now,
    randomBytes: random = createRandomPool(),
    deadlineMs = defaultDeadlineMs,
  } = options;
  if (!originPattern.test(origin)) throw new Error(`"${origin}" cannot name a log. Use <host>/evidence/<tenant>.`);
  const settings = connectionSettings(options);
  const stamp = (): EntryStamp => ({ instance, at: now(), random });
  const connect = () => connectWriter(settings, deadlineMs);
  const sequencer = new Sequencer({ origin, connect, stamp, deadlineMs });
  await sequencer.open();
  const readers = createReaders(settings, deadlineMs);
  const bodies = new BodyStore({ readers, wrapper: keys.wrapper, now, random });
  const closeAll = async (): Promise<void> => {
    await sequencer.close();
    await readers.end();
  };
  let closing: Promise<void> | undefined;

  return {
    append: async (drafts, guard) => {
      if (drafts.length === 0 || drafts.length > entriesPerAppendMax) {
        throw new EntryRefused(`One append takes 1 to ${entriesPerAppendMax} drafts, not ${drafts.length}.`);
      }
      return sequencer.append(drafts.length, () => prepareAll(drafts, bodies, stamp()), guard);
    },
    readBody: (commitment) => bodies.read(commitment),
    close: () => (closing ??= closeAll()),
  };
}

async function prepareAll(
  drafts: readonly EntryDraft[],
  bodies: BodyStore,
  stamp: EntryStamp,
): Promise<readonly PreparedEntry[]> {
  const prepared: PreparedEntry[] = [];
  for (const draft of drafts) {
    prepared.push(prepareEntry(draft, stamp, draft.body && (await bodies.seal(draft.body))));
  }
  return prepared;
}
