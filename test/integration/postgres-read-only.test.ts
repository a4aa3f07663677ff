import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { harmlessFunctions } from '../../gateway/policy/commands/sql/postgres/harmless-functions.ts';
import { readSql } from '../../gateway/policy/commands/sql/read-sql.ts';
import { createDatabase } from '../support/postgres.ts';
import { dangerous, evasions, harmless, lookAlikes } from '../unit/gateway/policy/commands/sql/postgres-corpus.ts';

/** SQLSTATE of PostgreSQL. */
const readOnlyTransaction = '25006';

let client: Client;

beforeAll(async () => {
  client = new Client({ connectionString: (await createDatabase()).adminUrl });
  await client.connect();
  // Texts of the corpora name tables that are not there, and a wait is not what is asked here.
  await client.query(`set statement_timeout = '2s'`);
});
afterAll(() => client.end());

/** How a real server takes a text in a transaction that may only read: its SQLSTATE, or undefined when it runs. */
async function stateOf(text: string): Promise<string | undefined> {
  await client.query('begin read only');
  try {
    await client.query(text);
    return undefined;
  } catch (error) {
    return (error as { readonly code?: string }).code ?? 'none';
  } finally {
    await client.query('rollback');
  }
}

const isRead = (text: string): boolean =>
  readSql('postgres', text).every(({ effects }) => effects.every((effect) => effect === 'read'));

describe('a text that is read as harmless', () => {
  const texts = [...harmless, ...lookAlikes].filter((text) => !text.includes('copy') && !text.includes('%s'));

  test.each(texts)('is none that a server refuses to a transaction that only reads: %j', async (text) => {
    expect(isRead(text)).toBe(true);
    expect(await stateOf(text)).not.toBe(readOnlyTransaction);
  });
});

test('whatever a server refuses to a transaction that only reads is not read as harmless', async () => {
  const refused: string[] = [];
  for (const [text] of [...evasions, ...dangerous]) {
    // These would change this very session or server, or wait for what a client sends.
    if (text.includes('\0') || /\b(role|superuser|alter system|stdin|database)\b/.test(text)) continue;
    if ((await stateOf(text)) !== readOnlyTransaction) continue;
    refused.push(text);
    expect(isRead(text), text).toBe(false);
  }
  expect(refused.length).toBeGreaterThan(40);
});

const timeChanceAndState =
  `array_sample array_shuffle clock_timestamp current_query currval gen_random_uuid lastval lo_get pg_blocking_pids
  pg_collation_actual_version pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
  pg_database_collation_actual_version pg_database_size pg_get_sequence_data pg_get_wait_events
  pg_get_wal_replay_pause_state pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available
  pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status
  pg_notification_queue_usage pg_partition_ancestors pg_partition_tree pg_prepared_xact pg_relation_size
  pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_table_size pg_tablespace_size pg_total_relation_size
  pg_xact_commit_timestamp pg_xact_status random random_normal setseed timeofday txid_status uuidv4 uuidv7`.split(
    /\s+/,
  );

describe('the functions that are known to be harmless', () => {
  const names = harmlessFunctions.split(/\s+/).filter((name) => name !== '');

  test('are functions of PostgreSQL 18, and stable but for those that only tell of time, chance and state', async () => {
    const { rows } = await client.query<{ name: string; volatile: boolean }>(
      `select proname as name, bool_or(provolatile = 'v') as volatile from pg_proc
       where pronamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) group by 1`,
    );
    const volatile = new Map(rows.map((row) => [row.name, row.volatile]));
    expect(names.filter((name) => !volatile.has(name))).toEqual([]);
    expect(names.filter((name) => volatile.get(name) === true)).toEqual(timeChanceAndState);
  });

  test('include none that the server keeps from ordinary users', async () => {
    // PostgreSQL revokes from PUBLIC what reads files, ends sessions or moves replication.
    const { rows } = await client.query<{ name: string }>(
      `select distinct proname as name from pg_proc p
       where pronamespace = 'pg_catalog'::regnamespace and proacl is not null
         and not exists (select 1 from aclexplode(proacl) where grantee = 0 and privilege_type = 'EXECUTE')`,
    );
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.map(({ name }) => name).filter((name) => names.includes(name))).toEqual([]);
  });
});
