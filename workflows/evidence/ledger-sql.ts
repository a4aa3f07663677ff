import { DatabaseError, type Client, type QueryResult } from 'pg';
import type { AppendedEntry } from '../contract/entry.ts';
import { byteaArray, textArray } from './binary-arrays.ts';
import { foldLeaves, parseRange, serialiseRange, type CompactRange } from './merkle.ts';
import type { SealedBody } from './body.ts';
import type { PreparedEntry } from './prepare-entry.ts';

/** The log that takes entries now, as the holder of its lock sees it. */
export interface OpenLog {
  readonly log: string;
  readonly month: string;
  readonly size: number;
  readonly range: CompactRange;
}

/** The transaction ended without effect, and that is certain. */
export class RolledBack extends Error {
  override readonly name = 'RolledBack';
}

/** Lists show this much of a value; the entry has all of it, up to its own limit. */
const columnCharsMax = 256;

/**
 * Opens a transaction and takes the lock in one round trip. Undefined: no log of this origin is open.
 * Read committed, whatever the server's default: what stands is looked up after the lock, and must be seen.
 */
export async function beginAndLock(client: Client, origin: string): Promise<OpenLog | undefined> {
  const [, locked] = await Promise.all([
    begin(client),
    client.query<{ log: string; month: string; size: string; range: Buffer }>({
      name: 'ledger-lock',
      text: 'select log, month, size, range from ledger.lock_log($1)',
      values: [origin],
    }),
  ]);
  const row = locked.rows[0];
  if (row === undefined) return undefined;
  const size = Number(row.size);
  return { log: row.log, month: row.month, size, range: parseRange(row.range, size) };
}

function begin(client: Client): Promise<QueryResult> {
  writeTogether(client);
  return client.query({ name: 'ledger-begin', text: 'begin isolation level read committed' });
}

/** Entries that stand already, by the hex digest of their `once` key and by id. */
export async function findEntries(
  client: Client,
  origin: string,
  onces: readonly Buffer[],
  ids: readonly string[],
): Promise<ReadonlyMap<string, AppendedEntry>> {
  const { rows } = await client.query<{ seq: string; id: string; once: Buffer | null; commitment: Buffer | null }>({
    name: 'ledger-find',
    text: 'select seq, id, once, commitment from ledger.find_entries($1, $2, $3)',
    values: [origin, onces, ids],
  });
  const found = new Map<string, AppendedEntry>();
  for (const { seq, id, once, commitment } of rows) {
    const entry = appended(Number(seq), id, commitment ?? undefined);
    found.set(id, entry);
    if (once !== null) found.set(once.toString('hex'), entry);
  }
  return found;
}

export function appended(seq: number, id: string, commitment: Buffer | undefined): AppendedEntry {
  return { seq, id, ...(commitment === undefined ? {} : { commitment: commitment.toString('hex') }) };
}

/** Appends in the transaction of the lock, and commits. Returns the log as it is then. Throws like `commitBehind`. */
export async function appendLocked(client: Client, log: OpenLog, entries: readonly PreparedEntry[]): Promise<OpenLog> {
  if (entries.length === 0) {
    await commitBehind(client, []);
    return log;
  }
  writeTogether(client);
  const { after, statement } = appendEntries(client, log, entries);
  await commitBehind(client, [statement]);
  return after;
}

/**
 * What PostgreSQL says before it commits, and never after: bad data or rights, no room, a log locked or moved on. Not
 * 40003, by which it would say that it does not know.
 */
const saidBeforeCommit = /^(22|23|40001|40P01|42|53|55|P0)/;

/**
 * Appends without a transaction around it: PostgreSQL gives the one statement its own, and answers after its commit
 * (pg resolves with ReadyForQuery, not with the result). A quarter of the messages that BEGIN, an append and COMMIT
 * take. Throws `RolledBack` when nothing was committed; any other error leaves it in doubt.
 */
export async function appendAlone(client: Client, log: OpenLog, entries: readonly PreparedEntry[]): Promise<OpenLog> {
  if (entries.length === 0) return log;
  const { after, statement } = appendEntries(client, log, entries);
  try {
    await statement;
    return after;
  } catch (cause) {
    if (!saidBeforeCommit.test(sqlState(cause) ?? '')) throw cause;
    throw new RolledBack('PostgreSQL refused the entries.', { cause });
  }
}

/** Sends one statement for the entries and their bodies. `after` is the log as it is once that has taken effect. */
export function appendEntries(
  client: Client,
  { log, month, size, range }: OpenLog,
  entries: readonly PreparedEntry[],
): { readonly after: OpenLog; readonly statement: Promise<QueryResult> } {
  const leaves = entries.map((entry) => entry.leaf);
  const after: OpenLog = { log, month, size: size + entries.length, range: foldLeaves(range, size, leaves) };
  const values = entryValues(after, size, entries);
  const bodies = entries.flatMap((entry) => entry.body ?? []);
  const text = `select ledger.append_entries(${parameters(1, values.length)})`;
  if (bodies.length === 0) return { after, statement: client.query({ name: 'ledger-append', text, values }) };
  const withBodies = [...values, ...bodyValues(bodies)];
  const put = `ledger.put_bodies(${parameters(values.length + 1, withBodies.length)})`;
  const query = { name: 'ledger-append-bodies', text: `${text}, ${put}`, values: withBodies };
  return { after, statement: client.query(query) };
}

function parameters(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => `$${from + i}`).join(', ');
}

function entryValues({ log, range }: OpenLog, firstSeq: number, entries: readonly PreparedEntry[]): unknown[] {
  const texts = (textOf: (draft: PreparedEntry['draft']) => string | undefined): Buffer =>
    textArray(entries.map(({ draft }) => column(textOf(draft))));
  return [
    log,
    firstSeq,
    serialiseRange(range),
    byteaArray(entries.map((entry) => entry.bytes)),
    byteaArray(entries.map((entry) => entry.leaf)),
    entries.map((entry) => entry.id),
    texts((draft) => draft.kind),
    entries.map((entry) => entry.at),
    textArray(entries.map((entry) => column(entry.instance))),
    texts((draft) => draft.callId),
    texts((draft) => draft.sessionId),
    texts((draft) => draft.approvalId),
    texts((draft) => draft.principal),
    texts((draft) => draft.connection),
    texts((draft) => draft.tool),
    texts((draft) => draft.outcome),
    byteaArray(entries.map((entry) => entry.once ?? null)),
    byteaArray(entries.map((entry) => entry.body?.commitment ?? null)),
  ];
}

function bodyValues(bodies: readonly SealedBody[]): unknown[] {
  return [
    byteaArray(bodies.map((body) => body.commitment)),
    textArray(bodies.map((body) => body.keyId)),
    byteaArray(bodies.map((body) => body.encrypted.nonce)),
    byteaArray(bodies.map((body) => body.encrypted.bytes)),
    textArray(bodies.map((body) => column(body.mediaType))),
    bodies.map((body) => body.size),
  ];
}

/** Callers choose tool names: a text column takes no NUL, and an index no more than a page. */
function column(text: string | undefined): string | null {
  return text?.replaceAll('\0', '\uFFFD').slice(0, columnCharsMax) ?? null;
}

/**
 * Commits behind statements that are on their way, in the same write.
 *
 * After a failed statement PostgreSQL answers COMMIT with the tag ROLLBACK and no error, so only the tag counts.
 * Throws `RolledBack` when nothing was committed; any other error leaves it in doubt.
 */
export async function commitBehind(client: Client, statements: readonly Promise<QueryResult>[]): Promise<void> {
  const commit = client.query({ name: 'ledger-commit', text: 'commit' });
  const results = await Promise.allSettled([...statements, commit]);
  const failure = results.find((result) => result.status === 'rejected')?.reason as unknown;
  const tag = await commit.then(
    ({ command }) => command,
    () => undefined,
  );
  if (tag === undefined) throw failure;
  if (tag !== 'COMMIT') {
    throw new RolledBack(`PostgreSQL answered COMMIT with ${tag}.`, { cause: failure });
  }
}

/**
 * What is sent within this tick leaves in one write. Statement by statement, PostgreSQL would wake up for each, and on a
 * busy machine take the processor from the very thread that is about to send the next.
 */
function writeTogether({ connection: { stream } }: Client): void {
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** A code of PostgreSQL's own, when the error is its answer and not the connection's. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
