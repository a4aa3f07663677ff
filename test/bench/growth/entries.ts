import { Client, Pool } from 'pg';
import { sweepOpenCalls, type SweepParts } from '../../../workflows/activities/sweep-open-calls.ts';
import { loadKeyRing } from '../../../workflows/evidence/key-ring.ts';
import { openLedger, type LedgerOptions } from '../../../workflows/evidence/ledger.ts';
import { findReceipt } from '../../../workflows/evidence/receipts.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { series, type Curve } from './curve.ts';
import { deadInstance, fillLedger, type FilledLedger } from './fill-ledger.ts';
import { costOfCalls, takeTurns, type Pace } from './turns.ts';
import { gatewayOrigin, type Gateway, type GrowthWorld } from './world.ts';

const readings = 200;
const slowReadings = 9;
/** Of fewer, what a look costs at all would be told, and not what a call costs. */
const followedMin = 5_000;
const now = (): Date => new Date();

interface Filled {
  readonly size: number;
  readonly database: TestDatabase;
  readonly ledger: FilledLedger;
  readonly gateway: Gateway;
  readonly megabytes: number;
  readonly fillSeconds: number;
}

/** What a call costs, and what the product asks of its ledger, by the number of entries that stand already. */
export async function measureEntries(
  world: GrowthWorld,
  sizes: readonly number[],
  pace: Pace,
  say: (line: string) => void,
): Promise<Curve> {
  const filled: Filled[] = [];
  for (const size of sizes) {
    const each = await fill(world, size);
    say(
      `  ${size.toLocaleString('en')} entries made in ${each.fillSeconds.toFixed(0)} s, ${each.megabytes.toFixed(0)} MB`,
    );
    filled.push(each);
  }
  const admins = filled.map(({ database }) => new Pool({ connectionString: database.adminUrl, max: 1 }));
  const turns = await Promise.all(
    filled.map(async ({ gateway }, index) => ({
      target: {
        name: 'bench',
        url: `${gateway.url}/bench/mcp`,
        pid: gateway.pid,
        headers: await gateway.headers('bench'),
      },
      walBytes: async () => {
        const text = `select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as bytes`;
        return Number((await admins[index]?.query<{ bytes: string }>(text))?.rows[0]?.bytes);
      },
    })),
  );
  const calls = await takeTurns(turns, world.postgresPid, pace, say);
  const ledgers: LedgerCosts[] = [];
  for (const { size, database, gateway, ledger } of filled) {
    say(`  the ledger itself at ${size.toLocaleString('en')}`);
    await gateway.stop();
    ledgers.push(await measureLedger(world, database, ledger, size));
  }
  await Promise.all(admins.map((admin) => admin.end()));
  for (const { database } of filled) await world.dropDatabase(database);
  return {
    name: 'Cost of a call by entries in the ledger',
    of: 'entries in the log of this month',
    sizes,
    series: [
      ...costOfCalls(calls),
      series(
        'receipt of a call, ms',
        ledgers.map(({ receipt }) => receipt),
      ),
      series(
        'body of an entry, ms',
        ledgers.map(({ body }) => body),
      ),
      series(
        'append under a key, ms',
        ledgers.map(({ keyed }) => keyed),
      ),
      series(
        'opening the ledger, ms',
        ledgers.map(({ open }) => open),
      ),
      series(
        'following 1,000 calls, ms',
        ledgers.map(({ follow }) => follow),
      ),
      series(
        'sweep of a gateway, ms',
        ledgers.map(({ sweep }) => sweep),
      ),
    ],
    beside: {
      'WAL bytes a call': calls.map(({ walBytes }) => walBytes.toFixed(0)),
      'MB on disk': filled.map(({ megabytes }) => megabytes.toFixed(0)),
    },
  };
}

async function fill(world: GrowthWorld, size: number): Promise<Filled> {
  const database = await world.createDatabase();
  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  const began = performance.now();
  const ledger = await fillLedger(client, { origin: gatewayOrigin, entries: size, now: now() });
  const fillSeconds = (performance.now() - began) / 1_000;
  const { rows } = await client.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
  await client.end();
  const gateway = await world.startGateway(
    database,
    (url) => `version: 1
publicUrl: ${url}
issuers: [{ issuer: "${world.issuer}" }]
connections: [{ name: bench, upstream: { url: "${world.upstream}" } }]
rules: [{ id: allow, match: { connection: bench, tool: answer, claims: { groups: bench } }, decision: allow }]
`,
  );
  return { size, database, ledger, gateway, megabytes: Number(rows[0]?.bytes) / 1e6, fillSeconds };
}

/** Medians, in milliseconds. */
interface LedgerCosts {
  readonly receipt: number;
  readonly body: number;
  readonly keyed: number;
  readonly open: number;
  /** A thousand calls of a living gateway that sweepers follow. */
  readonly follow: number;
  readonly sweep: number;
}

/** The product's own functions, on a database that nobody else uses. */
async function measureLedger(
  world: GrowthWorld,
  database: TestDatabase,
  filled: FilledLedger,
  size: number,
): Promise<LedgerCosts> {
  const pool = new Pool({ connectionString: database.appUrl, max: 1 });
  const options: LedgerOptions = {
    connectionString: database.appUrl,
    origin: gatewayOrigin,
    instance: 'growth',
    keys: loadKeyRing(world.keyFile),
    now,
  };
  const open = await median(slowReadings, async () => (await openLedger(options)).close());
  const ledger = await openLedger(options);
  const calls = Math.floor(size / 2);
  const receipt = await median(readings, async (n) => {
    const call = Math.floor((((n * 7_919) % readings) / readings) * (calls / 2));
    const callId = filled.callIdOf(call);
    if ((await findReceipt(pool, callId)) === undefined) throw new Error(`${callId} has no receipt`);
  });
  const commitments: string[] = [];
  const keyed = await median(readings, async (n) => {
    const draft = { kind: 'call.closed' as const, facts: { n }, once: `growth/${n}` };
    const [entry] = await ledger.append([
      { ...draft, body: { bytes: Buffer.from(`body ${n}`), mediaType: 'text/plain' } },
    ]);
    commitments.push(entry?.commitment ?? '');
  });
  const body = await median(readings, async (n) => {
    if ((await ledger.readBody(commitments[n] ?? ''))?.toString() !== `body ${n}`) throw new Error('a body is lost');
  });
  const { follow, sweep } = await measureSweeps({
    pool,
    ledger,
    origin: gatewayOrigin,
    now,
  });
  await ledger.close();
  await pool.end();
  return { receipt, body, keyed, open, follow, sweep };
}

/** A sweeper follows the gateway to the end of its log; then that gateway dies, and what it left open is closed. */
async function measureSweeps(parts: SweepParts): Promise<{ readonly follow: number; readonly sweep: number }> {
  const { pool } = parts;
  const mark = async (): Promise<number> => {
    const text = 'select swept_seq as seq from countersign.gateway_instance where id = $1';
    return Number((await pool.query<{ seq: string }>(text, [deadInstance])).rows[0]?.seq);
  };
  const first = await mark();
  const began = performance.now();
  await sweepOpenCalls(parts);
  const followed = performance.now() - began;
  const last = await mark();
  const sweep = await median(slowReadings, async () => {
    await pool.query(
      'update countersign.gateway_instance set stopped_at = $2, swept_at = null, swept_seq = $3 where id = $1',
      [deadInstance, now(), last],
    );
    await sweepOpenCalls(parts);
  });
  const calls = (last - first) / 2;
  return { follow: calls < followedMin ? NaN : (followed * 1_000) / calls, sweep };
}

async function median(times: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const began = performance.now();
    await work(n);
    taken.push(performance.now() - began);
  }
  return taken.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? NaN;
}
