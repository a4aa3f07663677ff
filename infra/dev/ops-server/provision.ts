import { pathToFileURL } from 'node:url';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/**
 * Makes the sample server's own database and its two roles, each named by its connection URL:
 * - `ownerUrl`: the role that owns the database and writes the execution counters;
 * - `limitedUrl`: the role under which `run_sql` runs what callers send, which owns nothing.
 * May run again; passwords are set to those of the URLs.
 */
export async function provisionOps(adminUrl: string, ownerUrl: string, limitedUrl: string): Promise<void> {
  const owner = new URL(ownerUrl);
  const limited = new URL(limitedUrl);
  const database = owner.pathname.slice(1);
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await ensureRole(client, owner);
    await ensureRole(client, limited);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) {
      await client.query(`CREATE DATABASE ${escapeIdentifier(database)} OWNER ${escapeIdentifier(owner.username)}`);
    }
  } finally {
    await client.end();
  }
}

async function ensureRole(client: Client, url: URL): Promise<void> {
  const name = escapeIdentifier(url.username);
  const password = escapeLiteral(decodeURIComponent(url.password));
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [url.username]);
  await client.query(
    `${found.rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${name} LOGIN NOSUPERUSER PASSWORD ${password}`,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [admin, owner, limited] = ['DATABASE_URL', 'OPS_DATABASE_URL', 'OPS_SQL_DATABASE_URL'].map((name) => {
    const value = process.env[name];
    if (value === undefined || value === '')
      throw new Error(`Set ${name}; see the head of infra/dev/ops-server/provision.ts.`);
    return value;
  });
  await provisionOps(admin ?? '', owner ?? '', limited ?? '');
}
