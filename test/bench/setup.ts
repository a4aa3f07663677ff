import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createDatabase, createTemplate, startServer } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { findFreePort } from '../support/free-port.ts';
import type { Target } from './load.ts';

export interface BenchSetup {
  readonly targets: readonly Target[];
  stop(): Promise<void>;
}

/** Starts what is measured, each in its own process: the MCP server, the floor relay, and a gateway with its database. */
export async function setUp(): Promise<BenchSetup> {
  const home = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  const children: ChildProcess[] = [];
  const start = async (entry: string, env: Record<string, string>): Promise<string> => {
    const port = await findFreePort();
    const child = fork(entry, [], {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, ...env, PORT: String(port) },
    });
    children.push(child);
    await once(child, 'message');
    return `http://127.0.0.1:${port}/mcp`;
  };
  const upstream = await start('test/bench/programs/upstream.ts', {});
  const floor = await start('test/bench/programs/floor.ts', { UPSTREAM_URL: upstream });
  const database = await startServer();
  await createTemplate(database.adminUrl);
  const { appUrl } = await createDatabase(database.adminUrl);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const issuer = await startIssuer();
  const token = await issuer.token(`${url}/bench/mcp`);
  await writeFile(join(home, 'countersign.yaml'), configuration(url, issuer.url, upstream));
  await writeFile(join(home, 'root-key'), randomBytes(32).toString('base64'));
  await writeFile(join(home, 'keys.json'), '{"keys":[]}');
  const gateway = fork('dist/gateway/main.js', [], {
    env: {
      ...process.env,
      LOG_LEVEL: 'error',
      COUNTERSIGN_PORT: String(port),
      COUNTERSIGN_CONFIG: join(home, 'countersign.yaml'),
      COUNTERSIGN_KEY_FILE: join(home, 'root-key'),
      COUNTERSIGN_DECISION_KEYS_FILE: join(home, 'keys.json'),
      DATABASE_URL: appUrl,
      // Ungated calls need no Temporal; the gateway goes on looking for one in the background.
      TEMPORAL_ADDRESS: '127.0.0.1:9',
    },
  });
  children.push(gateway);
  await eventually('the gateway is ready', async () => ((await fetch(`${url}/readyz`)).ok ? true : undefined), 60_000);
  return {
    targets: [
      { name: 'direct', url: upstream },
      { name: 'floor', url: floor },
      { name: 'ours', url: `${url}/bench/mcp`, token },
    ],
    stop: async () => {
      for (const child of children) child.kill('SIGKILL');
      issuer.server.close();
      await database.destroy();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function configuration(url: string, issuer: string, upstream: string): string {
  return `version: 1
publicUrl: ${url}
issuers: [{ issuer: "${issuer}" }]
connections: [{ name: bench, upstream: { url: "${upstream}" } }]
rules: [{ id: allow, match: { connection: bench, tool: answer, claims: { groups: bench } }, decision: allow }]
`;
}

/** A real issuer as far as the gateway looks: discovery, a key set, signed access tokens. */
async function startIssuer(): Promise<{ url: string; server: Server; token: (audience: string) => Promise<string> }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' };
  const server = createServer((request, response) => {
    const discovery = request.url === '/.well-known/openid-configuration';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(discovery ? { issuer: url, jwks_uri: `${url}/jwks` } : { keys: [jwk] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = (audience: string): Promise<string> =>
    new SignJWT({ groups: ['bench'] })
      .setProtectedHeader({ alg: 'ES256', kid: 'bench', typ: 'at+jwt' })
      .setIssuer(url)
      .setSubject('bench')
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('2h')
      .sign(privateKey);
  return { url, server, token };
}
