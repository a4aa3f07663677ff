import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ledger } from '../../workflows/evidence/ledger.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { createLedgerWorld, draft, origin, type LedgerWorld } from '../support/ledger-world.ts';

let world: LedgerWorld;
let ledger: Ledger;
let partition: string;

beforeAll(async () => {
  world = await createLedgerWorld();
  ledger = await world.open();
  await ledger.append([draft('one'), draft('two'), draft('three')]);
  const { rows } = await world.admin.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'ledger.entry'::regclass`,
  );
  partition = rows[0]?.name ?? '';
});
afterAll(() => world.close());

/** Runs statements as a role, in a transaction that is undone. */
async function asRole(role: string, ...statements: readonly string[]): Promise<void> {
  const client = await world.admin.connect();
  try {
    await client.query('begin');
    await client.query(`set local role ${role}`);
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const roles = ['postgres', 'ev_owner', 'ev_writer', 'ev_reader', 'ev_keeper', 'countersign_app', 'countersign'];
const changes = [
  `update TABLE set entry = 'x' where seq = 1`,
  `update TABLE set outcome = 'allow' where seq = 1`,
  `delete from TABLE where seq = 2`,
  `truncate TABLE`,
];

describe.each(roles)('%s', (role) => {
  test.each(changes)('cannot %s', async (change) => {
    for (const table of ['ledger.entry', partition]) {
      await expect(asRole(role, change.replace('TABLE', table))).rejects.toThrow(/append-only|permission denied/);
    }
  });
});

describe('the writer', () => {
  test.each([
    `insert into ledger.entry (log, seq) values ('x', 0)`,
    `select from ledger.log_state for update`,
    `update ledger.log_state set size = 0`,
    `insert into ledger.log_state (log, origin, month, size, range) values ('x/2026-01', 'x', '2026-01', 0, '')`,
    `update ledger.body_key set wrapped = null`,
    `delete from ledger.body`,
    `select ledger.destroy_body_key('x', now())`,
    `insert into ledger.published (log, size, root, note) values ('x', 0, '', '')`,
  ])('has no right to: %s', async (statement) => {
    for (const role of ['ev_writer', 'countersign']) {
      await expect(asRole(role, statement)).rejects.toThrow('permission denied');
    }
  });

  test('cannot append at another place than the end', async () => {
    const append = (
      seq: string,
    ) => `select ledger.append_entries(log, ${seq}, range, '{}', '{}', '{}', '{}', '{}', '{}',
      '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}') from ledger.lock_log('${origin}')`;
    await expect(asRole('countersign', append('size'))).resolves.toBeUndefined();
    await expect(asRole('countersign', append('size + 1'))).rejects.toThrow('does not end at');
    await expect(asRole('countersign', append('size - 1'))).rejects.toThrow('does not end at');
  });

  test('cannot seal a log that has not said its end', async () => {
    await expect(
      asRole('countersign', `select ledger.seal_log(log) from ledger.lock_log('${origin}')`),
    ).rejects.toThrow('its last entry is not log.sealed');
  });
});

test('the functions of the ledger are nobody else’s', async () => {
  const { rows } = await world.admin.query<{ oid: string; config: string[] | null; public: boolean }>(
    `select p.oid::regprocedure::text as oid, proconfig as config, has_function_privilege('public', p.oid, 'execute') as public
     from pg_proc p where pronamespace = 'ledger'::regnamespace`,
  );
  expect(rows.length).toBeGreaterThan(7);
  for (const { oid, config, public: isPublic } of rows) {
    expect({ oid, config, isPublic }).toEqual({ oid, config: ['search_path=pg_catalog, pg_temp'], isPublic: false });
  }
});

describe('an owner who disables the triggers', () => {
  const tamper = [
    {
      what: 'changes an entry',
      sql: [`update ledger.entry set entry = '{}', leaf = sha256('\\x00'::bytea || '{}') where seq = 2`],
      finds: ['root'],
    },
    {
      what: 'deletes an entry',
      sql: [`delete from ledger.entry where seq = 2`],
      finds: ['hole', 'root', 'size'],
    },
    {
      what: 'cuts the end off',
      sql: [`delete from ledger.entry where seq = 3`],
      finds: ['root', 'size'],
    },
    {
      what: 'swaps two entries',
      sql: [
        `update ledger.entry set seq = 99 where seq = 1`,
        `update ledger.entry set seq = 1 where seq = 2`,
        `update ledger.entry set seq = 2 where seq = 99`,
      ],
      finds: ['root'],
    },
    {
      what: 'changes the stored size',
      sql: [`update ledger.log_state set size = 1, range = (select leaf from ledger.entry where seq = 0)`],
      finds: ['root', 'size'],
    },
  ];

  test.each(tamper)('and $what is found out', async ({ sql, finds }) => {
    const victim = await createLedgerWorld();
    const writer = await victim.open();
    await writer.append([draft('one'), draft('two'), draft('three')]);
    const faultCodes = async (): Promise<readonly string[]> => {
      const logs = await verifyLedger(victim.pool, origin);
      return [...new Set(logs.flatMap(({ faults }) => faults.map(({ code }) => code)))].sort();
    };
    expect(await faultCodes()).toEqual([]);
    for (const statement of ['alter table ledger.entry disable trigger all', ...sql]) {
      await victim.admin.query(statement);
    }
    expect(await faultCodes()).toEqual(finds);
    await victim.close();
  });

  test('cannot store an entry under the hash of another', async () => {
    const sql = ['alter table ledger.entry disable trigger all', `update ledger.entry set entry = '{}' where seq = 2`];
    await expect(asRole('ev_owner', ...sql)).rejects.toThrow('leaf_is_the_rfc6962_hash_of_its_entry');
  });
});
