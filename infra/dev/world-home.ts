import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_PORT_BASE } from './ports.ts';
import { dropPostgresData } from './postgres-place.ts';

/** The folders of one world. */
export interface WorldHome {
  /** The checkout. */
  readonly root: string;
  readonly home: string;
  readonly dataDir: string;
  readonly postgresDir: string;
  readonly secretsDir: string;
  readonly logDir: string;
  /** Shared by all worlds of the checkout: what had to be fetched. */
  readonly cacheDir: string;
  readonly worldFile: string;
}

/** `.countersign` for the usual base, `.countersign/<base>` for another one; COUNTERSIGN_HOME and COUNTERSIGN_CACHE move them. */
export function locateHome(portBase: number, given: string | undefined): WorldHome {
  const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
  const own = join(root, '.countersign');
  const wanted = given ?? process.env['COUNTERSIGN_HOME'];
  const home =
    wanted === undefined ? (portBase === DEFAULT_PORT_BASE ? own : join(own, String(portBase))) : resolve(wanted);
  return {
    root,
    home,
    dataDir: join(home, 'data'),
    postgresDir: join(home, 'data', 'postgres'),
    secretsDir: join(home, 'secrets'),
    logDir: join(home, 'logs'),
    cacheDir: resolve(process.env['COUNTERSIGN_CACHE'] ?? join(own, 'cache')),
    worldFile: join(home, 'world.json'),
  };
}

/** Makes the folders. Others may pass through the home and the data, for PostgreSQL's own user, but list neither. */
export function makeFolders(folders: WorldHome): void {
  for (const path of [folders.home, folders.dataDir]) {
    mkdirSync(path, { recursive: true, mode: 0o711 });
    if (process.getuid?.() === 0) chmodSync(path, 0o711);
  }
  mkdirSync(folders.secretsDir, { recursive: true, mode: 0o700 });
  mkdirSync(folders.logDir, { recursive: true, mode: 0o700 });
  mkdirSync(folders.cacheDir, { recursive: true });
}

/** Drops data and secrets; what was fetched stays. */
export function dropData(folders: WorldHome): void {
  dropPostgresData(folders.postgresDir);
  for (const path of [folders.dataDir, folders.secretsDir]) rmSync(path, { recursive: true, force: true });
}

/** Keeps the logs of the run before, and no older ones. */
export function turnLogs(folders: WorldHome): void {
  const before = join(folders.logDir, 'before');
  rmSync(before, { recursive: true, force: true });
  mkdirSync(before, { mode: 0o700 });
  for (const name of readdirSync(folders.logDir)) {
    if (name.endsWith('.log') && existsSync(join(folders.logDir, name)))
      renameSync(join(folders.logDir, name), join(before, name));
  }
}
