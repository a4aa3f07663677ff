import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { expect, inject, test } from 'vitest';
import { migrate } from '../../infra/database/migrate.ts';
import { databaseUrl, runSql } from '../support/postgres.ts';

const files = [
  '0001-ledger.sql',
  '0002-ledger-functions.sql',
  '0003-application-state.sql',
  '0004-tasks.sql',
  '0005-tool-pins.sql',
  '0006-request-states.sql',
  '0007-lease-sightings.sql',
  '0008-sweep-marks.sql',
  '0009-tool-changes.sql',
  '0010-unread-index.sql',
  '0011-pauses-and-limits.sql',
  '0012-policy-versions.sql',
];

async function emptyDatabase(): Promise<string> {
  const name = `empty_${randomBytes(6).toString('hex')}`;
  await runSql(inject('postgresAdminUrl'), `create database ${name}`);
  return databaseUrl(inject('postgresAdminUrl'), name);
}

test('run at once by many, in one database and in several, they are applied once in each', async () => {
  const urls = await Promise.all([emptyDatabase(), emptyDatabase(), emptyDatabase()]);
  const runs = urls.map((url) =>
    Promise.all([1, 2].map(() => migrate({ databaseUrl: url, appDatabaseUrl: appOf(url) }))),
  );
  for (const [one = [], two = []] of await Promise.all(runs)) expect([...one, ...two].sort()).toEqual(files);
});

test('the command applies them and gives the programs their login', async () => {
  const url = await emptyDatabase();
  const command = fileURLToPath(new URL('../../infra/database/migrate.ts', import.meta.url));
  const appUrl = appOf(url);
  const env = { ...process.env, DATABASE_URL: url, COUNTERSIGN_APP_DATABASE_URL: appUrl };
  const run = () => promisify(execFile)(process.execPath, ['--import', 'tsx', command], { env });
  expect((await run()).stdout).toContain('Applied 0001-ledger.sql');
  expect((await run()).stdout).toContain('up to date');
  const client = new Client({ connectionString: appUrl });
  await client.connect();
  await client.query('select from countersign.approval');
  await client.query(`select ledger.lock_log('x')`);
  await client.end();
});

test('a file that was changed after it was applied stops the next run', async () => {
  const url = await emptyDatabase();
  await migrate({ databaseUrl: url });
  await runSql(url, `update migration.applied set sha256 = 'x' where name = '0001-ledger.sql'`);
  await expect(migrate({ databaseUrl: url })).rejects.toThrow('0001-ledger.sql was changed after it was applied');
});

test('an owner who is no superuser can run them', async () => {
  const name = `owner_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const adminUrl = inject('postgresAdminUrl');
  // The group roles stand already on this server; elsewhere `createrole` is enough to make them.
  await runSql(adminUrl, `create role ${name} login createrole password '${password}'`);
  await runSql(
    adminUrl,
    `grant ev_owner, ev_writer, ev_reader, ev_keeper, countersign_app to ${name} with admin option`,
  );
  await runSql(adminUrl, `create database ${name} owner ${name}`);
  const url = new URL(databaseUrl(adminUrl, name));
  url.username = name;
  url.password = password;
  expect(await migrate({ databaseUrl: url.href, appDatabaseUrl: appOf(url.href) })).toEqual(files);
});

/** The login of the programs in that database; a name with capitals and a password with quotes are legal. */
function appOf(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = `App-${url.pathname.slice(1)}`;
  url.password = encodeURIComponent(`it's "quoted"`);
  return url.href;
}
