import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { placePostgres, type PostgresPlace } from './postgres-place.ts';
import type { ProgramSpec } from './program.ts';
import { postgresReady } from './readiness.ts';
import { runCommand } from './run-command.ts';

export interface PostgresOptions {
  /** Where the cluster lives, made when missing. Root may have to put it elsewhere; see `postgres-place.ts`. */
  readonly dataDir: string;
  readonly port: number;
  readonly password: string;
  readonly logFile: string;
}

export const POSTGRES_SUPERUSER = 'postgres';
const initMsMax = 120_000;
const readyMsMax = 60_000;
const connectionsMax = 200;

/** URL of a database of the dev server on loopback. */
export function postgresUrl(port: number, user: string, password: string, database: string): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/${database}`;
}

/** Makes the cluster when there is none, and returns how to run the very `postgres` process. */
export async function preparePostgres(options: PostgresOptions): Promise<ProgramSpec> {
  const place = await placePostgres(options.dataDir);
  const version = join(place.dataDir, 'PG_VERSION');
  if (!existsSync(version)) {
    await initialise(place, options.password);
  } else if (readFileSync(version, 'utf8').trim() !== place.major) {
    const found = readFileSync(version, 'utf8').trim();
    throw new Error(
      `The data in ${place.dataDir} is of PostgreSQL ${found}, the server is ${place.major}. Start with --fresh to drop it.`,
    );
  }
  return {
    name: 'postgres',
    command: join(place.binaries, 'bin', 'postgres'),
    args: ['-D', place.dataDir, '-p', String(options.port), ...settings()],
    cwd: place.dataDir,
    env: () => ({ PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' }),
    logFile: options.logFile,
    ready: postgresReady(postgresUrl(options.port, POSTGRES_SUPERUSER, options.password, 'postgres')),
    readyMsMax,
    after: [],
    // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    ...(place.user === undefined ? {} : { user: place.user }),
    prepare: () => {
      removeStaleLock(place.dataDir);
      return Promise.resolve();
    },
  };
}

/** Creates a database when it is missing. */
export async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/** Loopback TCP only: sockets in /tmp of two worlds would collide. Durability stays on: the ledger's promises rest on it. */
function settings(): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: String(connectionsMax),
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Runs initdb beside the final folder and moves it there, so that a half-made cluster is never taken for one. */
async function initialise(place: PostgresPlace, password: string): Promise<void> {
  const draft = `${place.dataDir}.new`;
  const passwordFile = `${place.dataDir}.password`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (place.user !== undefined) {
    for (const path of [draft, passwordFile]) chownSync(path, place.user.uid, place.user.gid);
  }
  const flags = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', `--username=${POSTGRES_SUPERUSER}`];
  try {
    await runCommand(
      join(place.binaries, 'bin', 'initdb'),
      [`--pgdata=${draft}`, `--pwfile=${passwordFile}`, ...flags],
      { msMax: initMsMax, env: { LC_ALL: 'C', TZ: 'UTC' }, ...(place.user === undefined ? {} : { user: place.user }) },
    );
  } catch (error) {
    throw new Error(`PostgreSQL could not make its data folder ${place.dataDir}: ${String(error)}`, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  chmodSync(draft, 0o700);
  renameSync(draft, place.dataDir);
}

/**
 * After a crash `postmaster.pid` names a process that is gone, or another one that got its number since. PostgreSQL
 * handles the first itself and refuses to start in the second case, so a lock held by anything else is removed.
 */
function removeStaleLock(dataDir: string): void {
  const lock = join(dataDir, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = readFileSync(lock, 'utf8').split('\n')[0] ?? '';
  let command: string;
  try {
    command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return;
  }
  if (!command.includes('postgres')) rmSync(lock);
}
