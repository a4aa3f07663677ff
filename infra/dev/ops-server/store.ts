import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { escapeIdentifier, Pool, type QueryConfig } from 'pg';
import { sampleCustomers, sampleServices } from './sample-data.ts';

export interface Execution {
  readonly id: number;
  readonly tool: string;
  /** SHA-256 over the arguments as canonical JSON (RFC 8785), hex. */
  readonly argumentsDigest: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export interface ServiceConfig {
  readonly service: string;
  readonly owner: { readonly name: string; readonly email: string; readonly phone: string };
  readonly settings: Record<string, string>;
}

export interface SqlOutcome {
  readonly command: string;
  readonly rowCount: number;
  readonly rows: readonly Record<string, unknown>[];
}

/** The sample server's data. Every tool call is counted first, so that a test can tell how often it arrived. */
export interface OpsStore {
  readonly countExecution: (tool: string, given: unknown) => Promise<void>;
  /** Newest last. */
  readonly listExecutions: () => Promise<readonly Execution[]>;
  readonly readConfig: (service: string) => Promise<ServiceConfig | undefined>;
  /** Returns the value before, undefined when there was none. */
  readonly writeSetting: (service: string, key: string, value: string) => Promise<string | undefined>;
  /** Returns how often the service has been restarted by now, undefined when there is no such service. */
  readonly restartService: (service: string) => Promise<number | undefined>;
  /** Runs one statement under the limited role. */
  readonly runSql: (sql: string) => Promise<SqlOutcome>;
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const rowsMax = 100;
const connectMsMax = 5_000;
const statementMsMax = 10_000;

/** What callers may query lies in `public`; the counters lie in a schema that the limited role cannot enter. */
const schema = `
  CREATE TABLE IF NOT EXISTS services (
    name text PRIMARY KEY, owner_name text NOT NULL, owner_email text NOT NULL, owner_phone text NOT NULL,
    restarts integer NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS settings (
    service text NOT NULL REFERENCES services, key text NOT NULL, value text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (service, key));
  CREATE TABLE IF NOT EXISTS customers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE,
    phone text NOT NULL, card text NOT NULL, iban text NOT NULL);
  CREATE SCHEMA IF NOT EXISTS ops;
  CREATE TABLE IF NOT EXISTS ops.execution (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tool text NOT NULL, arguments jsonb NOT NULL,
    arguments_digest text NOT NULL, at timestamptz NOT NULL DEFAULT now());`;

/** Makes the tables, fills them the first time, and connects as both roles. */
export async function openOpsStore(ownerUrl: string, limitedUrl: string): Promise<OpsStore> {
  const owner = openPool(ownerUrl);
  const limited = openPool(limitedUrl);
  await owner.query(schema);
  await seed(owner);
  const limitedRole = escapeIdentifier(new URL(limitedUrl).username);
  await owner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON customers, settings TO ${limitedRole};
    GRANT SELECT ON services TO ${limitedRole}`);
  return {
    countExecution: async (tool, given) => {
      const canonical = canonicalize(given) ?? 'null';
      const digest = createHash('sha256').update(canonical).digest('hex');
      await owner.query('INSERT INTO ops.execution (tool, arguments, arguments_digest) VALUES ($1, $2, $3)', [
        tool,
        canonical,
        digest,
      ]);
    },
    listExecutions: async () => {
      const { rows } = await owner.query<{ id: string; tool: string; arguments_digest: string; at: Date }>(
        'SELECT id, tool, arguments_digest, at FROM ops.execution ORDER BY id',
      );
      return rows.map((row) => ({
        id: Number(row.id),
        tool: row.tool,
        argumentsDigest: row.arguments_digest,
        at: row.at.toISOString(),
      }));
    },
    readConfig: async (service) => await readConfig(owner, service),
    writeSetting: async (service, key, value) => await writeSetting(owner, service, key, value),
    restartService: async (service) => {
      const { rows } = await owner.query<{ restarts: number }>(
        'UPDATE services SET restarts = restarts + 1 WHERE name = $1 RETURNING restarts',
        [service],
      );
      return rows[0]?.restarts;
    },
    runSql: async (sql) => {
      // The extended protocol takes one statement only, so "SELECT 1; DROP TABLE …" is refused by PostgreSQL itself.
      const statement: QueryConfig & { readonly queryMode: 'extended' } = { text: sql, queryMode: 'extended' };
      const result = await limited.query<Record<string, unknown>>(statement);
      return { command: result.command, rowCount: result.rowCount ?? 0, rows: result.rows.slice(0, rowsMax) };
    },
    check: async () => {
      await owner.query('SELECT 1');
    },
    close: async () => {
      await Promise.all([owner.end(), limited.end()]);
    },
  };
}

function openPool(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: connectMsMax,
    statement_timeout: statementMsMax,
  });
  // An idle connection that PostgreSQL drops is replaced by the next query; unheard, the event would end the process.
  pool.on('error', () => undefined);
  return pool;
}

async function seed(pool: Pool): Promise<void> {
  for (const { name, owner, settings } of sampleServices) {
    const added = await pool.query('INSERT INTO services VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
      name,
      owner.name,
      owner.email,
      owner.phone,
    ]);
    if (added.rowCount === 0) continue;
    for (const [key, value] of Object.entries(settings)) await writeSetting(pool, name, key, value);
  }
  for (const customer of sampleCustomers) {
    await pool.query(
      'INSERT INTO customers (name, email, phone, card, iban) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
      [...customer],
    );
  }
}

async function readConfig(pool: Pool, service: string): Promise<ServiceConfig | undefined> {
  const found = await pool.query<{ owner_name: string; owner_email: string; owner_phone: string }>(
    'SELECT owner_name, owner_email, owner_phone FROM services WHERE name = $1',
    [service],
  );
  const owner = found.rows[0];
  if (owner === undefined) return undefined;
  const { rows } = await pool.query<{ key: string; value: string }>(
    'SELECT key, value FROM settings WHERE service = $1 ORDER BY key',
    [service],
  );
  return {
    service,
    owner: { name: owner.owner_name, email: owner.owner_email, phone: owner.owner_phone },
    settings: Object.fromEntries(rows.map(({ key, value }) => [key, value])),
  };
}

async function writeSetting(pool: Pool, service: string, key: string, value: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ before: string | null }>(
    `WITH before AS (SELECT value FROM settings WHERE service = $1 AND key = $2)
     INSERT INTO settings (service, key, value) VALUES ($1, $2, $3)
     ON CONFLICT (service, key) DO UPDATE SET value = $3, updated_at = now()
     RETURNING (SELECT value FROM before) AS before`,
    [service, key, value],
  );
  return rows[0]?.before ?? undefined;
}
