import { Client, Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweepOpenCalls } from '../../workflows/activities/sweep-open-calls.ts';
import { findEntries } from '../../workflows/evidence/ledger-sql.ts';
import type { Ledger } from '../../workflows/evidence/ledger.ts';
import { findReceipt } from '../../workflows/evidence/receipts.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { deadInstance, fillLedger, type FilledLedger } from '../bench/growth/fill-ledger.ts';
import { eventually } from '../support/eventually.ts';
import { createLedgerWorld, draft, origin, type LedgerWorld } from '../support/ledger-world.ts';

/** So many that no planner would rather read them all. */
const entriesOfAMonth = 20_000;
const months = ['2099-01', '2099-02', '2099-03'];
const now = (): Date => new Date(`${months.at(-1)}-20T00:00:00Z`);

let world: LedgerWorld;
let filled: readonly FilledLedger[];

beforeAll(async () => {
  world = await createLedgerWorld();
  const client = new Client({ connectionString: world.adminUrl });
  await client.connect();
  const made: FilledLedger[] = [];
  for (const month of months) {
    made.push(await fillLedger(client, { origin, entries: entriesOfAMonth, now: new Date(`${month}-10T00:00:00Z`) }));
  }
  await client.end();
  filled = made;
});
afterAll(() => world.close());

interface Reads {
  /** How often the table was read from end to end. */
  readonly whole: number;
  /** How often one of its indexes was. */
  readonly byIndex: number;
}

/**
 * What `work` made PostgreSQL read, by its own count, whatever statements the product sent: bodies, and each month of
 * entries. The work opens and closes its own connections, since a connection counts when it ends.
 */
async function readsOf(work: () => Promise<void>): Promise<Readonly<Record<string, Reads>>> {
  const count = async (): Promise<Map<string, Reads>> => {
    const { rows } = await world.admin.query<{ name: string; whole: string; by_index: string }>(
      `select coalesce(substring(pg_get_expr(relpartbound, oid) from '\\d{4}-\\d{2}'), pg_class.relname) as name,
              seq_scan as whole, idx_scan as by_index
       from pg_stat_user_tables join pg_class on oid = relid
       where schemaname = 'ledger' and (relispartition or pg_class.relname = 'body')`,
    );
    return new Map(rows.map((row) => [row.name, { whole: Number(row.whole), byIndex: Number(row.by_index) }]));
  };
  const before = await count();
  await work();
  await eventually('the connections of the work have ended', async () => {
    const text = `select from pg_stat_activity where datname = current_database() and usename = 'countersign'`;
    return (await world.admin.query(text)).rowCount === 0 || undefined;
  });
  const after = await count();
  return Object.fromEntries(
    [...after].map(([name, { whole, byIndex }]) => {
      const earlier = before.get(name) ?? { whole: 0, byIndex: 0 };
      return [name, { whole: whole - earlier.whole, byIndex: byIndex - earlier.byIndex }];
    }),
  );
}

async function withClient(work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: world.appUrl });
  await client.connect();
  await work(client);
  await client.end();
}

async function withPool(work: (pool: Pool) => Promise<unknown>): Promise<void> {
  const pool = new Pool({ connectionString: world.appUrl, max: 1 });
  await work(pool);
  await pool.end();
}

async function withLedger(work: (ledger: Ledger) => Promise<unknown>): Promise<void> {
  const ledger = await world.open({ instance: 'gw-growth', now });
  await work(ledger);
  await ledger.close();
}

const body = (text: string) => ({ body: { bytes: Buffer.from(text), mediaType: 'text/plain' } });
const [january = '', february = '', march = ''] = months;
const nothing = { whole: 0, byIndex: 0 };

test('what is counted is what is read', async () => {
  const reads = await readsOf(() => withClient((client) => client.query(`select count(entry) from ledger.entry`)));
  expect(reads[january]?.whole).toBeGreaterThan(0);
  expect(reads[march]?.whole).toBeGreaterThan(0);
});

test('a call reads and writes its own month and no other, and no table from end to end', async () => {
  const reads = await readsOf(() =>
    withLedger(async (ledger) => {
      for (let n = 0; n < 20; n += 1) {
        const callId = `call_growth_${n}`;
        await ledger.append([draft('', { kind: 'request.received', callId, ...body(`request ${n}`) })]);
        await ledger.append([draft('', { kind: 'response.recorded', callId, ...body(`response ${n}`) })]);
      }
    }),
  );
  expect(reads).toMatchObject({ [january]: nothing, [february]: nothing, [march]: nothing, body: { whole: 0 } });
});

test('an ending that may stand already is looked for by index in every month, and a retry finds it', async () => {
  const reads = await readsOf(() =>
    withLedger(async (ledger) => {
      for (let n = 0; n < 20; n += 1) {
        const ending = draft('', { kind: 'call.closed', callId: `call_growth_${n}`, once: `growth/${n}` });
        const [first] = await ledger.append([ending]);
        expect((await ledger.append([ending])).map(({ seq }) => seq)).toEqual([first?.seq]);
      }
    }),
  );
  for (const month of months) expect(reads[month]).toMatchObject({ whole: 0, byIndex: expect.any(Number) });
  expect(reads[january]?.byIndex).toBeGreaterThan(0);
  const inDoubt = await readsOf(() =>
    withClient(async (client) => {
      const { rows } = await client.query<{ id: string }>('select id from ledger.entry where log = $1 and seq = 7', [
        `${origin}/${february}`,
      ]);
      for (let n = 0; n < 20; n += 1) {
        expect((await findEntries(client, origin, [], [rows[0]?.id ?? ''])).size).toBe(1);
      }
    }),
  );
  for (const month of months) expect(inDoubt[month]?.whole).toBe(0);
});

test('receipts and bodies are found by index, however old they are', async () => {
  const reads = await readsOf(async () => {
    await withLedger(async (ledger) => {
      const [entry] = await ledger.append([draft('', { kind: 'response.recorded', ...body('kept') })]);
      for (let n = 0; n < 10; n += 1) expect(String(await ledger.readBody(entry?.commitment ?? ''))).toBe('kept');
    });
    await withPool(async (pool) => {
      for (const { callIdOf } of filled) expect(await findReceipt(pool, callIdOf(500))).toMatchObject({ bytes: 1_600 });
    });
  });
  for (const table of [...months, 'body']) expect(reads[table]?.whole).toBe(0);
  expect(reads['body']?.byIndex).toBeGreaterThanOrEqual(10);
});

test('a sweeper reads by index, in the month it has come to, and closes what a dead gateway left open', async () => {
  const sweep = async (): Promise<number> => {
    let closed = 0;
    await withLedger((ledger) =>
      withPool(async (pool) => void (closed = await sweepOpenCalls({ pool, ledger, origin, now }))),
    );
    return closed;
  };
  const following = await readsOf(async () => {
    expect(await sweep()).toBe(0);
  });
  expect(following).toMatchObject({ [january]: nothing, [february]: nothing, [march]: { whole: 0 } });
  expect(following[march]?.byIndex).toBeGreaterThan(9_000);
  await world.admin.query('update countersign.gateway_instance set stopped_at = now() where id = $1', [deadInstance]);
  const ended = await readsOf(async () => {
    expect(await sweep()).toBe(20);
  });
  for (const month of months) expect(ended[month]?.whole).toBe(0);
  // What was followed before is not read again: some looks for each of twenty calls, and not for ten thousand.
  expect(ended[march]?.byIndex).toBeLessThan(500);
});

test('the check of a log reads it in its order, and the made ledger is a sound one', async () => {
  let faults: readonly unknown[] = ['not checked'];
  const reads = await readsOf(async () => {
    await withPool(async (pool) => {
      faults = (await verifyLedger(pool, origin)).flatMap((log) => log.faults);
    });
  });
  expect(faults).toEqual([]);
  for (const month of months) expect(reads[month]?.whole).toBe(0);
});
