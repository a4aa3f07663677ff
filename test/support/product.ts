import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { Client as PgClient, type QueryResultRow } from 'pg';
import { inject } from 'vitest';
import { fetchAccessToken } from '../../infra/dev/access-token.ts';
import { readWorldFile, type ProgramGroup, type WorldFile } from '../../infra/dev/world-file.ts';
import { connect, connectLegacy, type Caller } from './caller.ts';
import { eventually } from './eventually.ts';
import { Slack } from './slack.ts';

/** The running product as a test sees it: callers outside, people in Slack, and the records an auditor reads. */
export class Product {
  readonly path: string;
  readonly #url: string | undefined;

  /** The world that all tests share, unless told; `url` is where its callers come when not to its first gateway. */
  constructor(at: { readonly path?: string; readonly url?: string } = {}) {
    this.path = at.path ?? inject('worldFile');
    this.#url = at.url;
  }

  /** Read anew each time: a restarted program has another pid. */
  get world(): WorldFile {
    return readWorldFile(this.path);
  }

  get slack(): Slack {
    return new Slack(this.world);
  }

  urlOf(connection: string): string {
    return `${this.#url ?? this.world.gateway.url}/${connection}/mcp`;
  }

  token(client: string, connection: string): Promise<string> {
    const { world } = this;
    const connections = { ...world.connections, [connection]: this.urlOf(connection) };
    return fetchAccessToken({ ...world, connections }, client, connection);
  }

  async caller(client = 'ci-deployer', connection = 'ops'): Promise<Caller> {
    return connect(this.urlOf(connection), await this.token(client, connection));
  }

  async legacyCaller(client = 'ci-deployer', connection = 'ops'): Promise<Caller> {
    return connectLegacy(this.urlOf(connection), await this.token(client, connection));
  }

  /** How often this value reached the upstream's own counter, whatever the gateway believes. */
  async executionsWith(value: string): Promise<number> {
    const rows = await this.opsQuery<{ count: string }>(
      `select count(*) from ops.execution where arguments::text like '%' || $1 || '%'`,
      [value],
    );
    return Number(rows[0]?.count);
  }

  async query<T extends QueryResultRow>(text: string, values: unknown[] = [], database?: string): Promise<T[]> {
    const url = new URL(this.world.postgres.url);
    if (database !== undefined) url.pathname = `/${database}`;
    const client = new PgClient({ connectionString: url.href });
    await client.connect();
    try {
      return (await client.query<T>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  opsQuery<T extends QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    return this.query<T>(text, values, 'ops');
  }

  /**
   * Kinds and outcomes of everything the ledger holds of an approval and its calls, in order. What was first seen of
   * tools on the way is left out: it depends on who came before.
   */
  async story(approvalId: string): Promise<string[]> {
    const rows = await this.query<{ kind: string; outcome: string | null }>(
      `select kind, outcome from ledger.entry
       where kind not like 'tool.%'
         and (approval_id = $1 or call_id in (select call_id from ledger.entry where approval_id = $1))
       order by seq`,
      [approvalId],
    );
    return rows.map(({ kind, outcome }) => (outcome === null ? kind : `${kind} ${outcome}`));
  }

  /** Waits until the ledger tells of an approval what `accept` wants to hear. */
  untilStory(approvalId: string, accept: (story: readonly string[]) => boolean): Promise<string[]> {
    return eventually(`the story of ${approvalId}`, async () => {
      const story = await this.story(approvalId);
      return accept(story) ? story : undefined;
    });
  }

  /**
   * Changes the added configuration of the world until the returned function is called. Both wait until every call is
   * served by it: a reload in the middle of the next test would be felt there. `added` is a connection that it adds.
   */
  async configure(change: (before: string) => string, added: string): Promise<() => Promise<void>> {
    const path = inject('worldConfig');
    const before = await readFile(path, 'utf8');
    const until = (isThere: boolean) =>
      eventually(`${added} ${isThere ? 'is' : 'is no longer'} served`, async () => {
        const { status } = await fetch(this.urlOf(added), { method: 'POST' });
        return (status !== 404) === isThere ? true : undefined;
      });
    await writeFile(path, change(before));
    await until(true);
    return async () => {
      await writeFile(path, before);
      await until(false);
    };
  }

  async withTemporal<T>(use: (client: TemporalClient) => Promise<T>): Promise<T> {
    const { address, namespace } = this.world.temporal;
    const connection = await Connection.connect({ address });
    try {
      return await use(new TemporalClient({ connection, namespace }));
    } finally {
      await connection.close();
    }
  }

  /** Waits until the workflow of a case is over, and with it everything a click could change. */
  async untilEnded(approvalId: string): Promise<void> {
    const workflowId = await this.workflowIdOf(approvalId);
    await this.withTemporal((temporal) => temporal.workflow.getHandle(workflowId).result());
  }

  async workflowIdOf(approvalId: string): Promise<string> {
    const [row] = await this.query<{ workflow_id: string }>(
      'select workflow_id from countersign.approval where id = $1',
      [approvalId],
    );
    if (row === undefined) throw new Error(`no approval ${approvalId}`);
    return row.workflow_id;
  }

  /** Kills a program as a crash would, and waits until the supervisor has put another in its place. */
  async crash(group: ProgramGroup): Promise<void> {
    const [pid] = this.world.pids[group];
    if (pid === undefined) throw new Error(`${group} does not run`);
    process.kill(pid, 'SIGKILL');
    await this.untilReplaced(group, pid);
  }

  /** Stops every process of PostgreSQL without ending it: connections stay open, and nobody answers. */
  async freezePostgres(): Promise<() => void> {
    const [pid] = this.world.pids.postgres;
    if (pid === undefined) throw new Error('postgres does not run');
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
    const pids = [pid, ...children.split('\n').filter(Boolean).map(Number)];
    for (const each of pids) signalIfAlive(each, 'SIGSTOP');
    return () => {
      for (const each of pids) signalIfAlive(each, 'SIGCONT');
    };
  }

  async untilReplaced(group: ProgramGroup, pid: number): Promise<void> {
    await eventually(
      `${group} runs again`,
      () => {
        const [next] = this.world.pids[group];
        return next !== undefined && next !== pid ? true : undefined;
      },
      60_000,
    );
  }
}

/** Some of PostgreSQL's processes end while others are stopped. */
function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A value that nothing else in the world holds, so that tests do not meet. */
export function unique(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}
