import type pg from 'pg';
import type { Logger } from 'pino';

const leaseMs = 15_000;
const renewEveryMs = 5_000;

/**
 * Says that this gateway is alive. When its lease runs out, whoever sweeps ends the calls it left open; a gateway that
 * stops in order gives its lease back, having finished them.
 */
export class InstanceLease {
  readonly #pool: pg.Pool;
  readonly #instance: string;
  readonly #now: () => Date;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: { pool: pg.Pool; instance: string; now: () => Date; log: Logger }) {
    this.#pool = parts.pool;
    this.#instance = parts.instance;
    this.#now = parts.now;
    this.#log = parts.log;
  }

  async take(url: string): Promise<void> {
    const now = this.#now();
    await this.#pool.query(
      `insert into countersign.gateway_instance (id, url, started_at, lease_until) values ($1, $2, $3, $4)
       on conflict (id) do update
       set url = $2, started_at = $3, lease_until = $4, stopped_at = null, swept_at = null`,
      [this.#instance, url, now, this.#end()],
    );
    this.#timer = setInterval(() => void this.renew(), renewEveryMs);
  }

  async giveBack(): Promise<void> {
    this.rest();
    await this.#pool.query(`update countersign.gateway_instance set stopped_at = $2, lease_until = $2 where id = $1`, [
      this.#instance,
      this.#now(),
    ]);
  }

  /** Renews no more by itself. */
  rest(): void {
    clearInterval(this.#timer);
  }

  async renew(): Promise<void> {
    try {
      // Whoever was swept all the same is alive, and what it takes from now on must be swept once it is dead.
      await this.#pool.query(
        `update countersign.gateway_instance set lease_until = $2, swept_at = null where id = $1`,
        [this.#instance, this.#end()],
      );
    } catch (error) {
      this.#log.warn({ reason: (error as Error).message }, 'the lease of this gateway could not be renewed');
    }
  }

  #end(): Date {
    return new Date(this.#now().getTime() + leaseMs);
  }
}
