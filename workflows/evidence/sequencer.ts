import { setImmediate as otherEvents, setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { AppendedEntry } from '../contract/entry.ts';
import { LedgerUnavailable } from './append-errors.ts';
import type { Guard } from './guard.ts';
import { closeConnection } from './ledger-connection.ts';
import {
  appendAlone,
  appendLocked,
  beginAndLock,
  commitBehind,
  RolledBack,
  sqlState,
  type OpenLog,
} from './ledger-sql.ts';
import { ensureOpenLog, monthOf, turnLog } from './open-log.ts';
import { PendingAppend } from './pending-append.ts';
import type { EntryStamp, PreparedEntry } from './prepare-entry.ts';
import { writeBatch, type AppendVerdict, type WrittenBatch } from './write-batch.ts';

export interface SequencerParts {
  readonly origin: string;
  readonly connect: () => Promise<pg.Client>;
  /** Stamp for the entries the ledger itself writes when a month turns. */
  readonly stamp: () => EntryStamp;
  /** An append that is not committed after so many milliseconds is refused. */
  readonly deadlineMs: number;
}

const queueEntriesMax = 2_048;
const batchEntriesMax = 512;
const batchBytesMax = 8 * 1024 * 1024;
const retryFirstMs = 20;
const retryLastMs = 500;
const goodbyeMs = 200;
const lockedTurnsAfterMeeting = 64;
/** serialization_failure: the log did not end where it was expected to. */
const logMovedState = '40001';
/** PostgreSQL's answer to bad data or bad rights; trying the same again would fail the same way. */
const hopelessStates = /^(22|23|42|P0)/;

/**
 * Gives entries their place: one queue and one writing connection in a process, any number of processes.
 *
 * A turn takes the lock of the log first and the batch second, so that everything that came while it waited goes into
 * one commit; a writer that is alone needs no lock first. Callers are answered after COMMIT only.
 */
export class Sequencer {
  readonly #parts: SequencerParts;
  #client: pg.Client | undefined;
  #queue: PendingAppend[] = [];
  /** Everything that is not done: being prepared, queued, taken, or in doubt. */
  readonly #held = new Set<PendingAppend>();
  #entriesHeld = 0;
  #turning: Promise<void> | undefined;
  /** After a batch failed for its data, so many appends go alone, to find the one at fault. */
  #singly = 0;
  #closed = false;
  /** Where this process left the log. */
  #expected: OpenLog | undefined;
  /** So many turns take the lock first, because another writer was met. */
  #lockedTurns = 0;

  constructor(parts: SequencerParts) {
    this.#parts = parts;
  }

  /** Connects, and opens the first log of the origin if there is none. */
  async open(): Promise<void> {
    this.#client = await this.#parts.connect();
    await ensureOpenLog(this.#client, this.#parts.origin, this.#parts.stamp());
  }

  /** `prepare` makes the `count` entries; the deadline covers it. */
  append(
    count: number,
    prepare: () => Promise<readonly PreparedEntry[]>,
    guard: Guard | undefined,
  ): Promise<readonly AppendedEntry[]> {
    if (this.#closed) return Promise.reject(new LedgerUnavailable('The ledger is closed.'));
    if (this.#entriesHeld + count > queueEntriesMax) {
      return Promise.reject(
        new LedgerUnavailable(`The ledger has ${queueEntriesMax} entries waiting. Try again later.`),
      );
    }
    const append = new PendingAppend(guard, this.#parts.deadlineMs, {
      deadline: (overdue) => this.#expire(overdue),
      done: (finished) => {
        this.#held.delete(finished);
        this.#entriesHeld -= count;
      },
    });
    this.#held.add(append);
    this.#entriesHeld += count;
    prepare().then(
      (entries) => this.#enqueue(append, entries),
      (error: Error) => append.fail(error),
    );
    return append.answer;
  }

  /** Takes no more, finishes what waits (at most until its deadline), and lets the connection go. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#held].map((append) => append.answer));
    await this.#turning;
    // A silent server never answers the goodbye.
    if (this.#client !== undefined) await Promise.race([this.#client.end(), pause(goodbyeMs)]);
    this.#client = undefined;
  }

  #enqueue(append: PendingAppend, entries: readonly PreparedEntry[]): void {
    if (append.phase === 'done') return;
    append.entries = entries;
    append.phase = 'queued';
    this.#queue.push(append);
    this.#turning ??= this.#takeTurns();
  }

  /** Takes turns until nothing waits. A failed turn puts its batch back and comes again with a new connection. */
  async #takeTurns(): Promise<void> {
    let waitMs = retryFirstMs;
    for (;;) {
      if (this.#queue.length === 0) {
        // In the same step: what is queued a moment later must find that nobody takes turns any more.
        this.#turning = undefined;
        return;
      }
      try {
        this.#client ??= await this.#parts.connect();
        // What has come in beside the answer to the last turn goes into the next one: a turn costs more than an entry.
        await otherEvents();
        await this.#takeTurn(this.#client);
        waitMs = retryFirstMs;
      } catch (error) {
        this.#discardConnection();
        if (this.#closed) this.#giveUp(error);
        await pause(waitMs);
        waitMs = Math.min(waitMs * 2, retryLastMs);
      }
    }
  }

  async #takeTurn(client: pg.Client): Promise<void> {
    const { origin, stamp } = this.#parts;
    const expected = this.#expectedAt(stamp().at);
    if (expected !== undefined) return this.#takeExpectedTurn(client, expected);
    const log = await beginAndLock(client, origin);
    const now = stamp();
    if (log === undefined || log.month < monthOf(now.at)) {
      await (log === undefined ? this.#findLog(client) : turnLog(client, origin, log, now));
      return;
    }
    const batch = this.#takeBatch();
    try {
      this.#settle(batch, await writeBatch(client, origin, log, batch, appendLocked));
      this.#lockedTurns = Math.max(0, this.#lockedTurns - 1);
    } catch (error) {
      this.#expected = undefined;
      this.#putBack(this.#withoutCulprit(batch, error));
      throw error;
    }
  }

  /** The log as this process left it, when it may end there still and nothing that waits needs the lock first. */
  #expectedAt(now: Date): OpenLog | undefined {
    const plain = (append: PendingAppend): boolean =>
      append.guard === undefined && !append.inDoubt && append.entries.every((entry) => entry.once === undefined);
    const applies = this.#lockedTurns === 0 && this.#singly === 0 && this.#queue.every(plain);
    return applies && this.#expected?.month === monthOf(now) ? this.#expected : undefined;
  }

  /**
   * A turn in one round trip instead of two: the batch goes out as one statement, and PostgreSQL appends it only if the
   * log still ends where this process left it. When another writer was there, the lock is taken as usual, and for a while
   * first, since writers that take turns would only disappoint each other.
   */
  async #takeExpectedTurn(client: pg.Client, log: OpenLog): Promise<void> {
    const batch = this.#takeBatch();
    try {
      this.#settle(batch, await writeBatch(client, this.#parts.origin, log, batch, appendAlone));
    } catch (error) {
      this.#expected = undefined;
      const moved = error instanceof RolledBack && sqlState(error.cause) === logMovedState;
      if (moved) this.#lockedTurns = lockedTurnsAfterMeeting;
      this.#putBack(moved ? batch : this.#withoutCulprit(batch, error));
      if (!moved) throw error;
    }
  }

  #settle(batch: readonly PendingAppend[], { verdicts, after }: WrittenBatch): void {
    this.#expected = after;
    this.#putBack(batch.filter((append) => !answered(append, verdicts.get(append))));
  }

  /** The log that was locked has been sealed by another process meanwhile; a new transaction sees the next one. */
  async #findLog(client: pg.Client): Promise<void> {
    await commitBehind(client, []);
    await ensureOpenLog(client, this.#parts.origin, this.#parts.stamp());
  }

  #takeBatch(): PendingAppend[] {
    const batch: PendingAppend[] = [];
    let [entries, bytes] = [0, 0];
    const appendsMax = this.#singly > 0 ? 1 : Infinity;
    for (const append of this.#queue) {
      entries += append.entries.length;
      bytes += append.entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
      const isFull = batch.length >= appendsMax || entries > batchEntriesMax || bytes > batchBytesMax;
      if (isFull && batch.length > 0) break;
      append.phase = 'taken';
      batch.push(append);
    }
    this.#queue = this.#queue.slice(batch.length);
    this.#singly = Math.max(0, this.#singly - batch.length);
    return batch;
  }

  #putBack(appends: readonly PendingAppend[]): void {
    const waiting: PendingAppend[] = [];
    for (const append of appends) {
      if (append.expired && !append.inDoubt) append.fail(late(this.#parts.deadlineMs));
      else waiting.push(append);
    }
    for (const append of waiting) append.phase = 'queued';
    this.#queue = [...waiting, ...this.#queue];
  }

  /** One append that PostgreSQL refuses for its data must not hold up the others, nor be tried for ever. */
  #withoutCulprit(batch: readonly PendingAppend[], error: unknown): readonly PendingAppend[] {
    const cause = error instanceof RolledBack ? error.cause : error;
    if (!hopelessStates.test(sqlState(cause) ?? '')) return batch;
    if (batch.length > 1) {
      this.#singly += batch.length;
      return batch;
    }
    for (const append of batch) append.fail(new LedgerUnavailable('PostgreSQL refused the entry.', { cause }));
    return [];
  }

  #expire(append: PendingAppend): void {
    const error = late(this.#parts.deadlineMs);
    if (append.phase === 'taken' || append.inDoubt) {
      append.expireInDoubt(error.message);
      return;
    }
    this.#queue = this.#queue.filter((other) => other !== append);
    append.fail(error);
  }

  /** On closing without a database, doubts remain doubts. */
  #giveUp(cause: unknown): void {
    const error = new LedgerUnavailable('The ledger was closed before PostgreSQL answered.', { cause });
    for (const append of this.#queue) {
      if (append.inDoubt) append.abandon(error);
      else append.fail(error);
    }
    this.#queue = [];
  }

  #discardConnection(): void {
    if (this.#client !== undefined) closeConnection(this.#client);
    this.#client = undefined;
  }
}

/** Tells the caller, unless the append has to be tried again. */
function answered(append: PendingAppend, verdict: AppendVerdict | undefined): boolean {
  switch (verdict?.code) {
    case 'committed':
      append.succeed(verdict.entries);
      return true;
    case 'refused':
      append.fail(verdict.error);
      return true;
    case 'absent':
      append.fail(new LedgerUnavailable('The entry was not committed in time.'));
      return true;
    default:
      return false;
  }
}

function late(deadlineMs: number): LedgerUnavailable {
  return new LedgerUnavailable(`PostgreSQL did not commit the entry within ${deadlineMs} ms. Check it and try again.`);
}

function entryBytes({ bytes, body }: PreparedEntry): number {
  return bytes.length + (body?.encrypted.bytes.length ?? 0);
}
