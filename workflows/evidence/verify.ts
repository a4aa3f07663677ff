import type pg from 'pg';
import { foldLeaves, hashLeaf, rangeRoot, serialiseRange, type CompactRange } from './merkle.ts';

/** What is wrong with a log, and where. */
export interface LogFault {
  readonly code: 'hole' | 'leaf' | 'size' | 'root' | 'ends' | 'chain';
  readonly log: string;
  /** First sequence number at which it shows. */
  readonly seq: number;
  readonly says: string;
}

export interface VerifiedLog {
  readonly log: string;
  readonly size: number;
  /** Root recomputed from the stored entries, hex. */
  readonly root: string;
  readonly faults: readonly LogFault[];
}

interface LogRow {
  readonly log: string;
  readonly size: string;
  readonly range: Buffer;
  readonly sealed: boolean;
  readonly previous_log: string | null;
}

interface EntryRow {
  readonly seq: string;
  readonly entry: Buffer;
  readonly leaf: Buffer;
}

interface Recomputed {
  readonly range: CompactRange;
  readonly size: number;
  readonly first: Buffer | undefined;
  readonly last: Buffer | undefined;
  readonly faults: readonly LogFault[];
}

const pageRows = 1_000;
/** A log that was rewritten has as many faults as entries; the first few say it. */
const faultsMax = 20;

/**
 * Recomputes all logs of an origin from the entries' bytes, oldest first: every leaf, no hole in the numbering, size
 * and tree head as stored, and each month's first entry naming the last month's final tree. Trusts no projection.
 * Reads one snapshot, so writers may go on. Needs `ev_reader`.
 */
export async function verifyLedger(pool: pg.Pool, origin: string): Promise<readonly VerifiedLog[]> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const { rows } = await client.query<LogRow>(
      'select log, size, range, sealed, previous_log from ledger.log_state where origin = $1 order by month',
      [origin],
    );
    const verified: VerifiedLog[] = [];
    for (const row of rows) verified.push(await verifyLog(client, row, verified.at(-1)));
    return verified;
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}

async function verifyLog(client: pg.PoolClient, row: LogRow, previous: VerifiedLog | undefined): Promise<VerifiedLog> {
  const { log } = row;
  const found = await recompute(client, log);
  const faults = [...found.faults];
  const blame = (code: LogFault['code'], seq: number, says: string) => faults.push({ code, log, seq, says });
  if (Number(row.size) !== found.size)
    blame('size', found.size, `${row.size} entries were committed, ${found.size} stand.`);
  if (!serialiseRange(found.range).equals(row.range)) {
    blame('root', found.size, 'The stored tree head is not the one of the stored entries.');
  }
  if (kindOf(found.first) !== 'log.opened') blame('ends', 0, 'The first entry is not log.opened.');
  if (row.sealed !== (kindOf(found.last) === 'log.sealed')) {
    blame('ends', found.size - 1, 'A log ends with log.sealed if, and only if, it is sealed.');
  }
  if (!isChained(found.first, previous)) {
    blame('chain', 0, 'The first entry does not name the final tree of the month before.');
  }
  return { log, size: found.size, root: rangeRoot(found.range).toString('hex'), faults: faults.slice(0, faultsMax) };
}

async function recompute(client: pg.PoolClient, log: string): Promise<Recomputed> {
  let range: CompactRange = [];
  let [size, after] = [0, -1];
  let first: Buffer | undefined;
  let last: Buffer | undefined;
  const faults: LogFault[] = [];
  for (;;) {
    const { rows } = await client.query<EntryRow>(
      'select seq, entry, leaf from ledger.entry where log = $1 and seq > $2 order by seq limit $3',
      [log, after, pageRows],
    );
    for (const row of rows) {
      const seq = Number(row.seq);
      if (seq !== after + 1)
        faults.push({ code: 'hole', log, seq: after + 1, says: `Entries before ${seq} are missing.` });
      const leaf = hashLeaf(row.entry);
      if (!leaf.equals(row.leaf))
        faults.push({ code: 'leaf', log, seq, says: 'The entry does not have its stored hash.' });
      range = foldLeaves(range, size, [leaf]);
      [size, after] = [size + 1, seq];
      first ??= row.entry;
      last = row.entry;
    }
    if (rows.length < pageRows) return { range, size, first, last, faults };
  }
}

function isChained(first: Buffer | undefined, previous: VerifiedLog | undefined): boolean {
  const facts = parseEntry(first)?.['facts'] as Readonly<Record<string, unknown>> | undefined;
  if (previous === undefined) return facts?.['prev_origin'] === undefined;
  return (
    facts?.['prev_origin'] === previous.log &&
    facts['prev_size'] === previous.size &&
    facts['prev_root'] === previous.root
  );
}

function kindOf(entry: Buffer | undefined): unknown {
  return parseEntry(entry)?.['kind'];
}

/** An entry that was tampered with may be no JSON at all. */
function parseEntry(entry: Buffer | undefined): Readonly<Record<string, unknown>> | undefined {
  if (entry === undefined) return undefined;
  try {
    return JSON.parse(entry.toString('utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
