import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { foldLeaves, serialiseRange, type CompactRange } from '../../../workflows/evidence/merkle.ts';
import { beginAndLock, commitBehind } from '../../../workflows/evidence/ledger-sql.ts';
import { ensureOpenLog, monthOf, turnLog } from '../../../workflows/evidence/open-log.ts';
import { prepareEntry, type EntryStamp } from '../../../workflows/evidence/prepare-entry.ts';

/** The gateway that is said to have written all that is made here. It left its last calls open. */
export const deadInstance = 'gw-gone';
const callsLeftOpen = 20;
/** Sweepers have followed that gateway up to its last so many entries. */
const notFollowedYet = 50_000;
const leavesPerRead = 16_384;

export interface LedgerFilling {
  readonly origin: string;
  readonly entries: number;
  readonly now: Date;
}

export interface FilledLedger {
  /** Of the nth call of those that were made. */
  readonly callIdOf: (n: number) => string;
}

/**
 * Fills a database with a log of calls of the present month, two entries and two bodies each, in minutes where
 * the product would take hours. Entries have the product's own bytes, their true leaf hashes, and the tree head that
 * goes with them, so the log verifies and the product appends to it. What is made up: ids count upwards, bodies are 64
 * bytes that nobody can decrypt, and all of it was written in the same moment. Needs the superuser.
 */
export async function fillLedger(client: Client, filling: LedgerFilling): Promise<FilledLedger> {
  const { origin, now } = filling;
  const log = `${origin}/${monthOf(now)}`;
  const calls = Math.floor(filling.entries / 2);
  const stamp: EntryStamp = { instance: deadInstance, at: now, random: randomBytes };
  await openMonth(client, origin, stamp);
  const part = await partitionOf(client, log);
  // In one transaction, so that nothing is written twice where `wal_level` is minimal, and indexes are built at the end.
  await client.query('begin; set local role ev_owner');
  await client.query(`alter table ledger.entry detach partition ${part}; alter table ${part} rename to opened;
    create table ${part} (like ledger.entry including all excluding indexes);
    insert into ${part} select * from ledger.opened; drop table ledger.opened`);
  const callPrefix = `call_${now.getTime().toString(16).padStart(12, '0')}-7000-8000-`;
  await client.query(`insert into ${part} (log, seq, entry, leaf, id, kind, at, instance, call_id, session_id, principal,
                                           connection, tool, outcome, commitment)
    ${entriesOf(log, calls, callPrefix, stamp)}`);
  await client.query(`alter table ledger.entry attach partition ${part} for values in (${client.escapeLiteral(log)})`);
  await client.query(`create trigger entries_are_never_truncated before truncate on ${part}
    for each statement execute function ledger.refuse_change()`);
  await fillBodies(client, part, now);
  const { range, size } = await headOf(client, part);
  await client.query('update ledger.log_state set size = $2, range = $3 where log = $1', [
    log,
    size,
    serialiseRange(range),
  ]);
  await client.query('reset role');
  await client.query(
    `insert into countersign.gateway_instance (id, url, started_at, lease_until, swept_log, swept_seq)
     values ($1, '', $2, $2, $3, $4) on conflict (id) do update set swept_log = $3, swept_seq = $4`,
    [deadInstance, now, log, Math.max(0, size - notFollowedYet)],
  );
  await client.query('commit');
  await client.query('vacuum (analyze, freeze) ledger.entry');
  await client.query('vacuum (analyze, freeze) ledger.body');
  await client.query('checkpoint');
  return { callIdOf: (n) => `${callPrefix}${n.toString(16).padStart(12, '0')}` };
}

/** Sees to an open log of this month, with nothing in it but its first entry. */
async function openMonth(client: Client, origin: string, stamp: EntryStamp): Promise<void> {
  const standing = await beginAndLock(client, origin);
  if (standing !== undefined && standing.month < monthOf(stamp.at)) return turnLog(client, origin, standing, stamp);
  await commitBehind(client, []);
  if (standing !== undefined) throw new Error(`${standing.log} is in use`);
  await ensureOpenLog(client, origin, stamp);
}

async function partitionOf(client: Client, log: string): Promise<string> {
  const { rows } = await client.query<{ part: string }>(
    `select inhrelid::regclass::text as part from pg_inherits join pg_class on pg_class.oid = inhrelid
     where inhparent = 'ledger.entry'::regclass and pg_get_expr(relpartbound, inhrelid) like '%' || $1 || '%'`,
    [log],
  );
  if (rows[0] === undefined) throw new Error(`the log ${log} has no partition`);
  return rows[0].part;
}

/** Bytes of the product's own entries, with SQL in the places of what differs from call to call. */
function entriesOf(log: string, calls: number, callPrefix: string, stamp: EntryStamp): string {
  const at = stamp.at.toISOString();
  const about = {
    callId: '@call@',
    sessionId: '@session@',
    connection: 'bench',
    principal: 'bench#bench',
    tool: 'answer',
  };
  const body = {
    commitment: Buffer.alloc(32),
    keyId: '',
    encrypted: { nonce: Buffer.alloc(12), bytes: Buffer.alloc(0) },
  };
  const received = prepareEntry(
    {
      ...about,
      kind: 'request.received',
      outcome: 'allow',
      facts: { method: 'tools/call', era: 'legacy', ruleIds: ['allow'] },
    },
    stamp,
    { ...body, mediaType: 'application/json', size: 120 },
  );
  const recorded = prepareEntry(
    {
      ...about,
      kind: 'response.recorded',
      outcome: 'answered',
      facts: { bytes: 1_600, maskedFields: 0, toolError: false },
    },
    stamp,
    { ...body, mediaType: 'application/json', size: 1_600 },
  );
  const bytes = ({ bytes: of, id }: typeof received): string =>
    `'${of.toString('utf8')}'`
      .replace(id, `' || id || '`)
      .replace('@call@', `' || call_id || '`)
      .replace('@session@', `' || session_id || '`)
      .replace('0'.repeat(64), `' || encode(commitment, 'hex') || '`);
  const open = calls - callsLeftOpen;
  return `
    with numbered as (
      select n, n % 2 = 0 as received, n / 2 as call from generate_series(0, ${calls * 2 - 1}) as n
      where n / 2 < ${open} or n % 2 = 0),
    named as (
      select 1 + n - greatest(0, n / 2 - ${open}) as seq, received,
             lpad(to_hex(${stamp.at.getTime()}), 12, '0') || '7000800000' || lpad(to_hex(n), 10, '0') as digits,
             '${callPrefix}' || lpad(to_hex(call), 12, '0') as call_id,
             'ses_' || substr(md5((call / 50)::text), 1, 32) as session_id,
             sha256(convert_to('${log}', 'UTF8') || int8send(n)) as commitment
      from numbered),
    told as (
      select *, (substr(digits, 1, 8) || '-' || substr(digits, 9, 4) || '-' || substr(digits, 13, 4) || '-' ||
                 substr(digits, 17, 4) || '-' || substr(digits, 21)) as id from named),
    written as (
      select *, convert_to(case when received then ${bytes(received)} else ${bytes(recorded)} end, 'UTF8') as entry from told)
    select '${log}', seq, entry, sha256('\\x00'::bytea || entry), id::uuid,
           case when received then 'request.received' else 'response.recorded' end, '${at}'::timestamptz,
           '${deadInstance}', call_id, session_id, 'bench#bench', 'bench', 'answer',
           case when received then 'allow' else 'answered' end, commitment
    from written`;
}

/** Beside each entry a body, which lies where its commitment sorts: anywhere. */
async function fillBodies(client: Client, part: string, now: Date): Promise<void> {
  const constraints = await client.query<{ name: string; definition: string }>(
    `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
     where conrelid = 'ledger.body'::regclass and contype = 'p'`,
  );
  const [primary] = constraints.rows;
  if (primary === undefined) throw new Error('bodies have no primary key');
  await client.query(
    `insert into ledger.body_key (key_id, day, wrapped, created_at)
     values ('made-up', $1::date - 1, '\\x00', $1::timestamptz) on conflict do nothing`,
    [now],
  );
  await client.query(`alter table ledger.body drop constraint ${primary.name};
    insert into ledger.body (commitment, key_id, nonce, ciphertext, media_type, size)
    select commitment, 'made-up', substr(commitment, 1, 12), commitment || leaf, 'application/json', 1600
    from ${part} where commitment is not null;
    alter table ledger.body add constraint ${primary.name} ${primary.definition}`);
}

/** The tree head that goes with the entries, computed from their leaves. */
async function headOf(client: Client, part: string): Promise<{ range: CompactRange; size: number }> {
  let range: CompactRange = [];
  let size = 0;
  for (;;) {
    const { rows } = await client.query<{ leaves: Buffer | null }>(
      `select string_agg(leaf, '' order by seq) as leaves from ${part} where seq >= $1 and seq < $2`,
      [size, size + leavesPerRead],
    );
    const leaves = rows[0]?.leaves;
    if (leaves === null || leaves === undefined) return { range, size };
    const read = Array.from({ length: leaves.length / 32 }, (_, i) => leaves.subarray(i * 32, (i + 1) * 32));
    range = foldLeaves(range, size, read);
    size += read.length;
  }
}
