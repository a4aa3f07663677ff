import type pg from 'pg';
import { appendEntries, beginAndLock, commitBehind, type OpenLog } from './ledger-sql.ts';
import { rangeRoot } from './merkle.ts';
import { prepareEntry, type EntryStamp } from './prepare-entry.ts';

/** A log holds one calendar month, UTC: `yyyy-mm`. */
export function monthOf(time: Date): string {
  return time.toISOString().slice(0, 7);
}

/** Opens the first log of an origin, unless it has an open one. Safe when several processes do it at once. */
export async function ensureOpenLog(client: pg.Client, origin: string, stamp: EntryStamp): Promise<void> {
  const open = await beginAndLock(client, origin);
  if (open === undefined) await openLog(client, origin, undefined, stamp);
  await commitBehind(client, []);
}

/**
 * Ends the locked log with `log.sealed` and opens the one of the month of `stamp`, whose first entry commits to the
 * final size and root of the old one. All or nothing: commits the transaction that holds the lock.
 */
export async function turnLog(client: pg.Client, origin: string, old: OpenLog, stamp: EntryStamp): Promise<void> {
  const facts = { next_origin: `${origin}/${monthOf(stamp.at)}` };
  const { after, statement } = appendEntries(client, old, [prepareEntry({ kind: 'log.sealed', facts }, stamp)]);
  await statement;
  await client.query('select ledger.seal_log($1)', [old.log]);
  await openLog(client, origin, after, stamp);
  await commitBehind(client, []);
}

async function openLog(
  client: pg.Client,
  origin: string,
  previous: OpenLog | undefined,
  stamp: EntryStamp,
): Promise<void> {
  const month = monthOf(stamp.at);
  const { rows } = await client.query<{ opened: boolean }>('select ledger.open_log($1, $2, $3) as opened', [
    origin,
    month,
    previous?.log ?? null,
  ]);
  if (rows[0]?.opened !== true) return;
  const facts =
    previous === undefined
      ? {}
      : {
          prev_origin: previous.log,
          prev_size: previous.size,
          prev_root: rangeRoot(previous.range).toString('hex'),
        };
  const first = { log: `${origin}/${month}`, month, size: 0, range: [] };
  const { statement } = appendEntries(client, first, [prepareEntry({ kind: 'log.opened', facts }, stamp)]);
  await statement;
}
