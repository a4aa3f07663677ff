import { Client as PgClient, type QueryResultRow } from 'pg';
import { fetchAccessToken } from '../../../infra/dev/access-token.ts';
import type { World } from '../../../infra/dev/world.ts';
import { eventually } from '../../support/eventually.ts';
import { Slack, type Card } from '../../support/slack.ts';
import { TaskClient } from '../../support/task-client.ts';

const tokenLastsMs = 8 * 60_000;
const cardsMsMax = 60 * 60_000;

/** The running product, with a token that is always fresh. */
export class HoldsWorld {
  readonly #world: World;
  #client: { client: TaskClient; connection: string; untilMs: number } | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  get slack(): Slack {
    return new Slack(this.#world.file());
  }

  async client(connection: string): Promise<TaskClient> {
    const known = this.#client;
    if (known?.connection === connection && performance.now() < known.untilMs) return known.client;
    const file = this.#world.file();
    const url = `${file.gateway.url}/${connection}/mcp`;
    const world = { ...file, connections: { ...file.connections, [connection]: url } };
    const client = new TaskClient(url, await fetchAccessToken(world, 'ci-deployer', connection));
    this.#client = { client, connection, untilMs: performance.now() + tokenLastsMs };
    return client;
  }

  async openApprovals(): Promise<number> {
    return this.#count(`select count(*) from countersign.approval where state = 'open'`);
  }

  executions(): Promise<number> {
    return this.#count('select count(*) from countersign.execution');
  }

  /** Cards are posted one by one, and nobody can decide before. */
  async untilCardsStand(count: number, say: (line: string) => void): Promise<Map<string, Card>> {
    let said = 0;
    return eventually(
      `${count} cards`,
      async () => {
        const cards = await this.cardsByApproval();
        if (cards.size >= said + 5_000) say(`  ${(said = cards.size)} cards stand`);
        return cards.size >= count ? cards : undefined;
      },
      cardsMsMax,
    );
  }

  async cardsByApproval(): Promise<Map<string, Card>> {
    const cards = new Map<string, Card>();
    for (const card of await this.slack.cards()) {
      const id = /apr_[0-9a-f-]{36}/.exec(JSON.stringify(card))?.[0];
      if (id !== undefined) cards.set(id, card);
    }
    return cards;
  }

  static async databaseBytes(url: string): Promise<number> {
    return Number((await query<{ bytes: string }>(url, 'select pg_database_size(current_database()) as bytes')).bytes);
  }

  async #count(text: string): Promise<number> {
    return Number((await query<{ count: string }>(this.#world.file().postgres.url, text)).count);
  }
}

async function query<T extends QueryResultRow>(connectionString: string, text: string): Promise<T> {
  const client = new PgClient({ connectionString });
  await client.connect();
  try {
    const [row] = (await client.query<T>(text)).rows;
    if (row === undefined) throw new Error(`no row for ${text}`);
    return row;
  } finally {
    await client.end();
  }
}
