import { Client, Pool, type ClientConfig } from 'pg';

/** How a ledger reaches its database: a connection string, or the settings of a pool (its connections are not used). */
export type LedgerDatabase = { readonly connectionString: string } | { readonly pool: Pool };

const keepAliveAfterMs = 5_000;
const lockTimeoutMs = 1_000;
/** A writer that stalls inside its transaction holds the log for everybody. */
const idleInTransactionMs = 5_000;

/** Names what would make a COMMIT less than durable. */
const safetySettings = ['fsync', 'full_page_writes'] as const;

export function connectionSettings(database: LedgerDatabase): ClientConfig {
  if ('connectionString' in database) return { connectionString: database.connectionString };
  const { host, port, user, password, database: name, connectionString, ssl } = database.pool.options;
  const settings = { host, port, user, password, database: name, connectionString, ssl };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/**
 * A connection for the writer: pipelined, and closed by itself when the server falls silent for `silenceMs`.
 * Throws when the server would acknowledge what a power cut can take back.
 */
export async function connectWriter(settings: ClientConfig, silenceMs: number): Promise<Client> {
  const client = new Client({
    ...settings,
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    connectionTimeoutMillis: silenceMs,
    query_timeout: silenceMs,
    application_name: 'countersign-ledger',
  });
  // A lost connection shows in the query under way; without a listener the event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(
      `set synchronous_commit = on;
       set default_transaction_isolation = 'read committed';
       set lock_timeout = ${lockTimeoutMs};
       set statement_timeout = ${silenceMs};
       set idle_in_transaction_session_timeout = ${idleInTransactionMs}`,
    );
    const { rows } = await client.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings where name = any ($1)`,
      [safetySettings],
    );
    const unsafe = safetySettings.filter((name) => rows.find((row) => row.name === name)?.setting !== 'on');
    if (unsafe.length > 0) {
      throw new Error(`PostgreSQL runs with ${unsafe.join(' and ')} off, so no commit is durable. Turn it on.`);
    }
    return client;
  } catch (error) {
    closeConnection(client);
    throw error;
  }
}

/** Without waiting: a silent server does not answer a goodbye either. */
export function closeConnection(client: Client): void {
  void client.end().catch(() => undefined);
}

/** A small pool for reading beside the writer. */
export function createReaders(settings: ClientConfig, silenceMs: number): Pool {
  const readers = new Pool({
    ...settings,
    max: 2,
    connectionTimeoutMillis: silenceMs,
    query_timeout: silenceMs,
    application_name: 'countersign-ledger-reader',
  });
  readers.on('error', () => undefined);
  return readers;
}
