import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { eventually } from '../../support/eventually.ts';
import { findFreePort } from '../../support/free-port.ts';
import { createDatabase, createTemplate, startServer, type TestDatabase } from '../../support/postgres.ts';
import { startIssuer } from '../issuer.ts';

/** A gateway with a configuration and a database of its own. */
export interface Gateway {
  readonly url: string;
  readonly pid: number;
  /** From its start to its first `ready`, in milliseconds. */
  readonly startMs: number;
  readonly headers: (connection: string) => Promise<Readonly<Record<string, string>>>;
  stop(): Promise<void>;
}

export interface GrowthWorld {
  /** An MCP server, with sessions and their streams. */
  readonly upstream: string;
  readonly issuer: string;
  /** The file with the gateways' root key. */
  readonly keyFile: string;
  /** The postmaster, whose children are the whole of PostgreSQL. */
  readonly postgresPid: number;
  createDatabase(): Promise<TestDatabase>;
  dropDatabase(database: TestDatabase): Promise<void>;
  /** `configure` writes the configuration of a gateway at this URL. */
  startGateway(database: TestDatabase, configure: (url: string) => string): Promise<Gateway>;
  stop(): Promise<void>;
}

export const gatewayOrigin = 'growth.bench/evidence/main';
const readyMsMax = 120_000;
/** Filling is quick without a log of changes that nobody replays; nothing starts by itself while something is measured. */
const postgresSettings = [
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_wal_size=4GB',
  'maintenance_work_mem=256MB',
  'autovacuum=off',
  'max_connections=300',
];

export async function startGrowthWorld(): Promise<GrowthWorld> {
  const home = await mkdtemp(join(tmpdir(), 'countersign-growth-'));
  const files = { key: join(home, 'root-key'), keys: join(home, 'keys.json') };
  await writeFile(files.key, randomBytes(32).toString('base64'));
  await writeFile(files.keys, '{"keys":[]}');
  const children = new Set<ChildProcess>();
  const start = (program: string, env: Readonly<Record<string, string>>): ChildProcess => {
    const child = fork(program, [], { execArgv: [], env: { ...process.env, ...env } });
    children.add(child);
    return child;
  };
  const upstreamPort = await findFreePort();
  await once(start('dist/test/bench/programs/upstream.js', { PORT: String(upstreamPort), SESSIONS: '1' }), 'message');
  const issuer = await startIssuer();
  const postgres = await startServer(postgresSettings);
  await createTemplate(postgres.adminUrl);
  const ask = async (text: string): Promise<string> => {
    const client = new Client({ connectionString: postgres.adminUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ answer: string }>(text);
      return rows[0]?.answer ?? '';
    } finally {
      await client.end();
    }
  };
  const postgresPid = Number.parseInt(await ask(`select pg_read_file('postmaster.pid') as answer`), 10);
  let written = 0;

  return {
    upstream: `http://127.0.0.1:${upstreamPort}/mcp`,
    issuer: issuer.url,
    keyFile: files.key,
    postgresPid,
    createDatabase: () => createDatabase(postgres.adminUrl),
    dropDatabase: async ({ adminUrl }) => {
      await ask(`drop database "${new URL(adminUrl).pathname.slice(1)}" with (force)`);
    },
    startGateway: async (database, configure) => {
      const url = `http://127.0.0.1:${await findFreePort()}`;
      const config = join(home, `countersign-${String((written += 1))}.yaml`);
      await writeFile(config, configure(url));
      const began = performance.now();
      const child = start('dist/gateway/main.js', {
        LOG_LEVEL: 'error',
        COUNTERSIGN_CONFIG: config,
        COUNTERSIGN_KEY_FILE: files.key,
        COUNTERSIGN_DECISION_KEYS_FILE: files.keys,
        COUNTERSIGN_PORT: new URL(url).port,
        COUNTERSIGN_LOG_ORIGIN: gatewayOrigin,
        DATABASE_URL: database.appUrl,
        // Ungated calls need no Temporal; the gateway goes on looking for one in the background.
        TEMPORAL_ADDRESS: '127.0.0.1:9',
      });
      await eventually('the gateway is ready', () => isReady(url), readyMsMax);
      return {
        url,
        pid: child.pid ?? NaN,
        startMs: performance.now() - began,
        headers: async (connection) => ({ authorization: `Bearer ${await issuer.token(`${url}/${connection}/mcp`)}` }),
        stop: () => kill(child, children),
      };
    },
    stop: async () => {
      await Promise.all([...children].map((child) => kill(child, children)));
      issuer.close();
      await postgres.destroy();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function isReady(url: string): Promise<true | undefined> {
  const answer = await fetch(`${url}/readyz`).catch(() => undefined);
  return answer?.ok === true ? true : undefined;
}

async function kill(child: ChildProcess, children: Set<ChildProcess>): Promise<void> {
  if (!children.delete(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
