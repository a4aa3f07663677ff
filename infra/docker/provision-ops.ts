import { provisionOps } from '../dev/ops-server/provision.ts';

/** Makes the database of the sample MCP server. Environment: DATABASE_URL (owner), OPS_DATABASE_URL, OPS_SQL_DATABASE_URL. */
const [owner, ops, opsSql] = ['DATABASE_URL', 'OPS_DATABASE_URL', 'OPS_SQL_DATABASE_URL'].map((name) => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`Set ${name}; see infra/docker/provision-ops.ts.`);
  return value;
});
await provisionOps(owner ?? '', ops ?? '', opsSql ?? '');
process.stdout.write('the sample database is ready\n');
