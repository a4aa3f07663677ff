import { DatabaseError, type Client, type QueryResult } from 'pg';
import type { AppendedEntry } from '../contract/entry.ts';
import { byteaArray, textArray } from './binary-arrays.ts';
import { foldLeaves, parseRange, serialiseRange, type CompactRange } from './merkle.ts';
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

export function begin(client: Client): Promise<QueryResult> {
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

/** The log as it is after the entries; `statements` make it so, and go out in one write with whatever follows. */
export function appendEntries(
  client: Client,
  { log, month, size, range }: OpenLog,
  entries: readonly PreparedEntry[],
): { readonly after: OpenLog; readonly statements: readonly Promise<QueryResult>[] } {
  writeTogether(client);
  const leaves = entries.map((entry) => entry.leaf);
  const after = { log, month, size: size + entries.length, range: foldLeaves(range, size, leaves) };
  const statements = [client.query(insertion(log, size, after.range, entries))];
  const bodies = entries.flatMap((entry) => entry.body ?? []);
  if (bodies.length > 0) {
    statements.push(
      client.query({
        name: 'ledger-bodies',
        text: 'select ledger.put_bodies($1, $2, $3, $4, $5, $6)',
        values: [
          byteaArray(bodies.map((body) => body.commitment)),
          textArray(bodies.map((body) => body.keyId)),
          byteaArray(bodies.map((body) => body.encrypted.nonce)),
          byteaArray(bodies.map((body) => body.encrypted.bytes)),
          textArray(bodies.map((body) => column(body.mediaType))),
          bodies.map((body) => body.size),
        ],
      }),
    );
  }
  return { after, statements };
}

function insertion(log: string, firstSeq: number, range: CompactRange, entries: readonly PreparedEntry[]) {
  return {
    name: 'ledger-append',
    text: `select ledger.append_entries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
    values: [
      log,
      firstSeq,
      serialiseRange(range),
      byteaArray(entries.map((entry) => entry.bytes)),
      byteaArray(entries.map((entry) => entry.leaf)),
      entries.map((entry) => entry.id),
      textArray(entries.map((entry) => entry.draft.kind)),
      entries.map((entry) => entry.at),
      textArray(entries.map((entry) => column(entry.instance))),
      textArray(entries.map((entry) => column(entry.draft.callId))),
      textArray(entries.map((entry) => column(entry.draft.sessionId))),
      textArray(entries.map((entry) => column(entry.draft.approvalId))),
      textArray(entries.map((entry) => column(entry.draft.principal))),
      textArray(entries.map((entry) => column(entry.draft.connection))),
      textArray(entries.map((entry) => column(entry.draft.tool))),
      textArray(entries.map((entry) => column(entry.draft.outcome))),
      byteaArray(entries.map((entry) => entry.once ?? null)),
      byteaArray(entries.map((entry) => entry.body?.commitment ?? null)),
    ],
  };
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
