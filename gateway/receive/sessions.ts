import { hash } from 'node:crypto';
import type pg from 'pg';
import type { CallerHeaders } from '../call.ts';
import { GatewayError } from '../errors.ts';

/** How many bindings one gateway keeps at hand; the rest are read from PostgreSQL again. */
const cachedSessionsMax = 10_000;

const SESSION_HEADER = 'mcp-session-id';

/**
 * Binds a legacy session to the principal that opened it, for all gateways. A session id is a name and never a login:
 * presented by another principal, or after its end, it is answered like one that never was (404).
 */
export class Sessions {
  readonly #pool: pg.Pool;
  readonly #now: () => Date;
  readonly #owners = new Map<string, string>();

  constructor(pool: pg.Pool, now: () => Date) {
    this.#pool = pool;
    this.#now = now;
  }

  async open(connection: string, mcpSessionId: string, principal: string): Promise<void> {
    await this.#pool.query(
      `insert into countersign.session (connection, session_hash, principal, opened_at) values ($1, $2, $3, $4)
       on conflict do nothing`,
      [connection, digestOf(mcpSessionId), principal, this.#now()],
    );
    this.#remember(key(connection, mcpSessionId), principal);
  }

  /** Throws SESSION_UNKNOWN unless the principal opened this session and it has not ended. */
  async require(connection: string, mcpSessionId: string, principal: string): Promise<void> {
    const name = key(connection, mcpSessionId);
    const owner = this.#owners.get(name) ?? (await this.#load(connection, mcpSessionId));
    if (owner !== principal) throw new GatewayError('SESSION_UNKNOWN');
    this.#remember(name, owner);
  }

  async end(connection: string, mcpSessionId: string): Promise<void> {
    this.#owners.delete(key(connection, mcpSessionId));
    await this.#pool.query(
      `update countersign.session set ended_at = $3 where connection = $1 and session_hash = $2 and ended_at is null`,
      [connection, digestOf(mcpSessionId), this.#now()],
    );
  }

  async #load(connection: string, mcpSessionId: string): Promise<string | undefined> {
    const { rows } = await this.#pool.query<{ principal: string }>({
      name: 'load-session',
      text: `select principal from countersign.session
             where connection = $1 and session_hash = $2 and ended_at is null`,
      values: [connection, digestOf(mcpSessionId)],
    });
    return rows[0]?.principal;
  }

  #remember(name: string, principal: string): void {
    const oldest = this.#owners.keys().next();
    if (this.#owners.size >= cachedSessionsMax && oldest.done !== true) this.#owners.delete(oldest.value);
    this.#owners.set(name, principal);
  }
}

export function mcpSessionId(headers: CallerHeaders): string | undefined {
  const value = headers[SESSION_HEADER];
  return typeof value === 'string' ? value : undefined;
}

/**
 * The gateway's own name for a run of calls: the legacy session, else the trace they belong to, else their caller.
 * One way, so that the record does not hold what would let somebody use the session.
 */
export function sessionIdOf(connection: string, principal: string, headers: CallerHeaders): string {
  const trace = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(String(headers['traceparent'] ?? ''))?.[1] ?? '';
  const root = mcpSessionId(headers) ?? trace;
  return `ses_${hash('sha256', `${connection}\n${principal}\n${root}`, 'hex').slice(0, 32)}`;
}

function key(connection: string, id: string): string {
  return `${connection}\n${id}`;
}

function digestOf(id: string): Buffer {
  return hash('sha256', id, 'buffer');
}
