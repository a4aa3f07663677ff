import { setTimeout as pause } from 'node:timers/promises';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { Client as PgClient, type QueryResultRow } from 'pg';
import { fetchAccessToken } from '../../../infra/dev/access-token.ts';
import type { World } from '../../../infra/dev/world.ts';
import { APPROVAL_WORKFLOW } from '../../../workflows/contract/names.ts';
import { approvalIdOf, Slack, type CardPlace } from '../../support/slack.ts';
import { TaskClient } from '../../support/task-client.ts';

const tokenLastsMs = 8 * 60_000;
const lookAgainAfterMs = 500;

/** The running product, with tokens that are always fresh. */
export class HoldsWorld {
  readonly #world: World;
  readonly #clients = new Map<string, { readonly client: Promise<TaskClient>; readonly untilMs: number }>();
  readonly #cards = new Map<string, CardPlace>();
  #newestCard = '';

  constructor(world: World) {
    this.#world = world;
  }

  get slack(): Slack {
    return new Slack(this.#world.file());
  }

  client(connection: string): Promise<TaskClient> {
    const known = this.#clients.get(connection);
    if (known !== undefined && performance.now() < known.untilMs) return known.client;
    const client = this.#connect(connection);
    this.#clients.set(connection, { client, untilMs: performance.now() + tokenLastsMs });
    return client;
  }

  async #connect(connection: string): Promise<TaskClient> {
    const file = this.#world.file();
    const url = `${file.gateway.url}/${connection}/mcp`;
    return new TaskClient(url, await fetchAccessToken(file, 'ci-deployer', connection));
  }

  pause(): Promise<void> {
    return pause(lookAgainAfterMs);
  }

  /** Where the card of each approval stands. Reads only what was posted since the last time. */
  async readNewCards(): Promise<ReadonlyMap<string, CardPlace>> {
    for (const card of await this.slack.cards(this.#newestCard)) {
      const { channel, ts } = card;
      this.#cards.set(approvalIdOf(card), { channel, ts });
      this.#newestCard = ts;
    }
    return this.#cards;
  }

  /** Cases that are open: rows in PostgreSQL, and workflows in Temporal that wait. */
  async openCases(): Promise<{ readonly postgres: number; readonly temporal: number }> {
    const { count } = await this.#row<{ count: string }>(
      `select count(*) from countersign.approval where state = 'open'`,
    );
    const { address, namespace } = this.#world.file().temporal;
    const connection = await Connection.connect({ address });
    try {
      const running = `WorkflowType = '${APPROVAL_WORKFLOW}' and ExecutionStatus = 'Running'`;
      const temporal = await new TemporalClient({ connection, namespace }).workflow.count(running);
      return { postgres: Number(count), temporal: temporal.count };
    } finally {
      await connection.close();
    }
  }

  async executions(): Promise<number> {
    return Number((await this.#row<{ count: string }>('select count(*) from countersign.execution')).count);
  }

  async databaseBytes(): Promise<number> {
    return Number((await this.#row<{ bytes: string }>('select pg_database_size(current_database()) as bytes')).bytes);
  }

  /** What became of the calls on the connections whose calls expire. */
  async expired(): Promise<ExpiredCalls> {
    const row = await this.#row<{
      closed: string;
      within: number | null;
      busiest: string | null;
      late: number[] | null;
    }>(
      `with expiring as (
         select expires_at, closed_at from countersign.approval where connection like 'expiring-%')
       select count(closed_at) as closed,
         extract(epoch from max(expires_at) - min(expires_at))::float8 as within,
         array_agg(extract(epoch from closed_at - expires_at)::float8 * 1000)
           filter (where closed_at is not null) as late,
         (select max(count) from (
           select count(*) from expiring where closed_at is not null group by date_trunc('second', closed_at)) each)
           as busiest
       from expiring`,
    );
    return {
      closed: Number(row.closed),
      lateMs: row.late ?? [],
      dueWithinSeconds: row.within ?? 0,
      closedInOneSecondMax: Number(row.busiest ?? 0),
    };
  }

  async #row<T extends QueryResultRow>(text: string): Promise<T> {
    const client = new PgClient({ connectionString: this.#world.file().postgres.url });
    await client.connect();
    try {
      const [row] = (await client.query<T>(text)).rows;
      if (row === undefined) throw new Error(`no row for ${text}`);
      return row;
    } finally {
      await client.end();
    }
  }
}

export interface ExpiredCalls {
  readonly closed: number;
  readonly lateMs: readonly number[];
  readonly dueWithinSeconds: number;
  readonly closedInOneSecondMax: number;
}
