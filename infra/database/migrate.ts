import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, DatabaseError } from 'pg';

export interface MigrationOptions {
  /** Connection of a superuser, or of a role that may create roles and owns the database. */
  readonly databaseUrl: string;
  /** Connection of the programs: its user is created or altered to have this password and the rights of an app. */
  readonly appDatabaseUrl?: string;
}

/** Session lock: one migration at a time in a database. The number is arbitrary and ours. */
const migrationLock = 7_400_001;
const roleAttemptsMax = 20;
const roleRetryMs = 50;
/** Another database of the cluster created or changed the same role at the same time. */
const roleRaces = new Set(['23505', '42710', 'XX000']);

/** Applies the numbered files that are not applied yet, each in a transaction. Returns their names. */
export async function migrate({ databaseUrl, appDatabaseUrl }: MigrationOptions): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'countersign-migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await changeRoles(client, await readFile(new URL('./roles.sql', import.meta.url), 'utf8'));
    const applied = await applyFiles(client);
    if (appDatabaseUrl !== undefined) await changeRoles(client, loginRole(client, new URL(appDatabaseUrl)));
    return applied;
  } finally {
    await client.end();
  }
}

async function applyFiles(client: Client): Promise<readonly string[]> {
  await client.query(`create schema if not exists migration`);
  await client.query(
    `create table if not exists migration.applied (
       name text primary key, sha256 text not null, applied_at timestamptz not null default now())`,
  );
  const { rows } = await client.query<{ name: string; sha256: string }>('select name, sha256 from migration.applied');
  const known = new Map(rows.map(({ name, sha256 }) => [name, sha256]));
  const folder = new URL('./migrations/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  const applied: string[] = [];
  for (const name of names) {
    const text = await readFile(new URL(name, folder), 'utf8');
    const sha256 = createHash('sha256').update(text).digest('hex');
    const before = known.get(name);
    if (before !== undefined && before !== sha256) {
      throw new Error(`${name} was changed after it was applied. Restore it, and put the change in a new file.`);
    }
    if (before !== undefined) continue;
    await inTransaction(client, async () => {
      await client.query(text);
      await client.query('insert into migration.applied (name, sha256) values ($1, $2)', [name, sha256]);
    });
    applied.push(name);
  }
  return applied;
}

/** Roles belong to the whole cluster, which our lock does not cover, so a lost race is run again. */
async function changeRoles(client: Client, text: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await inTransaction(client, () => client.query(text));
      return;
    } catch (error) {
      const raced = error instanceof DatabaseError && roleRaces.has(error.code ?? '');
      if (!raced || attempt === roleAttemptsMax) throw error;
      await client.query('select pg_sleep($1)', [(roleRetryMs * attempt) / 1000]);
    }
  }
}

function loginRole(client: Client, url: URL): string {
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  if (user === '' || password === '') throw new Error('Give COUNTERSIGN_APP_DATABASE_URL a user and a password.');
  const [name, secret, role] = [
    client.escapeLiteral(user),
    client.escapeLiteral(password),
    client.escapeIdentifier(user),
  ];
  return `do $do$ begin
    if not exists (select from pg_roles where rolname = ${name}) then create role ${role} login; end if;
    if not pg_has_role(${name}, 'countersign_app', 'usage') then grant countersign_app to ${role}; end if;
  end $do$;
  alter role ${role} login password ${secret};`;
}

async function inTransaction(client: Client, work: () => Promise<unknown>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const databaseUrl = process.env['DATABASE_URL'];
  const appDatabaseUrl = process.env['COUNTERSIGN_APP_DATABASE_URL'];
  if (databaseUrl === undefined) throw new Error('Set DATABASE_URL to a connection of the database owner.');
  const applied = await migrate({ databaseUrl, ...(appDatabaseUrl === undefined ? {} : { appDatabaseUrl }) });
  process.stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `Applied ${applied.join(', ')}.\n`);
}
