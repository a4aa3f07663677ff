import pg from 'pg';

/** PostgreSQL did not take a statement, or did not answer it in time; nothing is wrong with the statement. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway';
}

export interface DatabasePoolOptions {
  readonly connectionString: string;
  readonly connectionsMax: number;
  /** So long a statement waits for a connection, and then for its answer, in milliseconds. */
  readonly silenceMs: number;
  readonly onLost: (error: Error) => void;
}

const keepAliveAfterMs = 5_000;
/** Connection lost, out of resources (disk, memory, connections), shutting down or cancelled, broken system. */
const outageStates = /^(08|53|57|58)/;
/** A statement that writes, sent to a server that has become a standby or was set to be read-only. */
const readOnlyState = '25006';

/**
 * A pool whose statements fail with `DatabaseAway` in time. Without a limit, a server that falls silent would keep
 * everybody who asks, and a failover that resets no connection would keep them until the kernel gives up.
 */
export function openDatabasePool({
  connectionString,
  connectionsMax,
  silenceMs,
  onLost,
}: DatabasePoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: connectionsMax,
    connectionTimeoutMillis: silenceMs,
    query_timeout: silenceMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
  });
  pool.on('error', onLost);
  const ask = pool.query.bind(pool) as unknown as (...given: readonly unknown[]) => Promise<unknown>;
  pool.query = (async (...given: readonly unknown[]) => {
    try {
      return await ask(...given);
    } catch (error) {
      throw isAnswer(error) ? error : new DatabaseAway('PostgreSQL is away. Check it and try again.', { cause: error });
    }
  }) as unknown as typeof pool.query;
  return pool;
}

/** Whether PostgreSQL has judged the statement itself. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  const { code = '' } = error;
  return !outageStates.test(code) && code !== readOnlyState;
}
