import { connect } from 'node:net';
import { Client } from 'pg';

/** Resolves when the program can be used; rejects with the reason when it cannot yet. */
export type ReadyCheck = () => Promise<void>;

const probeMsMax = 2_000;

/** Ready once `url` answers 2xx. */
export function httpReady(url: string): ReadyCheck {
  return async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(probeMsMax), redirect: 'error' });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${url} answers ${String(response.status)}`);
  };
}

/** Ready once a TCP connection is accepted. */
export function tcpReady(host: string, port: number): ReadyCheck {
  return async () => {
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host, port, timeout: probeMsMax });
      socket.once('connect', () => {
        socket.destroy();
        resolve();
      });
      socket.once('timeout', () => {
        socket.destroy();
        reject(new Error(`${host}:${String(port)} does not answer`));
      });
      socket.once('error', reject);
    });
  };
}

/** Ready once a query is answered: while PostgreSQL recovers it accepts connections but refuses work. */
export function postgresReady(url: string): ReadyCheck {
  return async () => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: probeMsMax });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
    } finally {
      await client.end().catch(() => undefined);
    }
  };
}
