import { Pool } from 'pg';
import { createKeyRing } from '../../workflows/evidence/key-ring.ts';
import type { EntryDraft } from '../../workflows/contract/entry.ts';
import { openLedger, type Ledger, type LedgerOptions } from '../../workflows/evidence/ledger.ts';
import { createDatabase, type TestDatabase } from './postgres.ts';

export const origin = 'test.example/evidence/default';
export const keys = createKeyRing(Buffer.alloc(32, 42));

/** A database, and what opens ledgers on it as the programs do. */
export interface LedgerWorld extends TestDatabase {
  /** Connections of the programs' own role. */
  readonly pool: Pool;
  readonly admin: Pool;
  open(options?: Partial<LedgerOptions>): Promise<Ledger>;
  close(): Promise<void>;
}

/** On the server that the integration run shares, or on the one given. */
export async function createLedgerWorld(adminUrl?: string): Promise<LedgerWorld> {
  const database = await createDatabase(adminUrl);
  const pool = new Pool({ connectionString: database.appUrl, max: 4 });
  const admin = new Pool({ connectionString: database.adminUrl, max: 4 });
  for (const each of [pool, admin]) each.on('error', () => undefined);
  const ledgers: Ledger[] = [];
  return {
    ...database,
    pool,
    admin,
    open: async (options = {}) => {
      const defaults = { connectionString: database.appUrl, origin, instance: 'test', keys, now: () => new Date() };
      const ledger = await openLedger({ ...defaults, ...options });
      ledgers.push(ledger);
      return ledger;
    },
    close: async () => {
      await Promise.all(ledgers.map((ledger) => ledger.close()));
      await Promise.all([pool.end(), admin.end()]);
    },
  };
}

export function draft(text: string, more: Partial<EntryDraft> = {}): EntryDraft {
  return { kind: 'gateway.started', facts: { text }, ...more };
}

/** The `facts.text` of all entries in the order of the log, without the ledger's own entries. */
export async function readTexts(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ entry: Buffer }>(
    `select entry from ledger.entry where kind not like 'log.%' order by log, seq`,
  );
  return rows.map(({ entry }) => (JSON.parse(entry.toString()) as { facts: { text: string } }).facts.text);
}
