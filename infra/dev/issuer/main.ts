import { pino } from 'pino';
import { loadIssuerSecrets } from './issuer-secrets.ts';
import { createIssuer } from './provider.ts';
import { createIssuerServer } from './server.ts';

/**
 * The dev issuer as a program. Environment:
 * - ISSUER_PORT, ISSUER_HOST (127.0.0.1): where it listens
 * - ISSUER_URL: its identifier; http://<host>:<port> unless told
 * - ISSUER_DATA: the folder of its keys and secrets
 * - ISSUER_GATEWAY_URL: the gateway's URL, or several with commas; tokens are made for connections of these only
 */
const log = pino({ name: 'issuer', level: process.env['LOG_LEVEL'] ?? 'info' });
const host = process.env['ISSUER_HOST'] ?? '127.0.0.1';
const port = Number(required('ISSUER_PORT'));
const secrets = await loadIssuerSecrets(required('ISSUER_DATA'));
const provider = createIssuer({
  issuer: process.env['ISSUER_URL'] ?? `http://${host}:${String(port)}`,
  gatewayOrigins: required('ISSUER_GATEWAY_URL')
    .split(',')
    .map((url) => new URL(url).origin),
  secrets,
});
provider.on('server_error', (_ctx, error) => {
  log.error({ code: error.name }, 'request failed');
});
const server = createIssuerServer(provider, secrets);
server.listen(port, host, () => {
  log.info({ port }, 'listening');
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`Set ${name}; see the head of infra/dev/issuer/main.ts.`);
  return value;
}
