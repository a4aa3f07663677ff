import { pino } from 'pino';
import { createMcpEndpoint } from './mcp-endpoint.ts';
import { createOpsServer } from './server.ts';
import { openOpsStore } from './store.ts';
import { createOpsMcpServer } from './tools.ts';

/**
 * The sample MCP server as a program. Environment:
 * - OPS_PORT, OPS_HOST (127.0.0.1): where it listens
 * - OPS_DATABASE_URL, OPS_SQL_DATABASE_URL: its database as owner and as the limited role of `run_sql`
 * - OPS_SERVER_TOKEN: the bearer token it asks for
 */
const log = pino({ name: 'ops-server', level: process.env['LOG_LEVEL'] ?? 'info' });
const store = await openOpsStore(required('OPS_DATABASE_URL'), required('OPS_SQL_DATABASE_URL'));
const endpoint = createMcpEndpoint(() => createOpsMcpServer(store));
const server = createOpsServer({
  store,
  endpoint,
  token: required('OPS_SERVER_TOKEN'),
  onError: (error) => {
    log.error({ code: error instanceof Error ? error.name : 'unknown' }, 'request failed');
  },
});
const port = Number(required('OPS_PORT'));
server.listen(port, process.env['OPS_HOST'] ?? '127.0.0.1', () => {
  log.info({ port }, 'listening');
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
    void endpoint.close().then(async () => {
      await store.close();
    });
  });
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`Set ${name}; see the head of infra/dev/ops-server/main.ts.`);
  return value;
}
