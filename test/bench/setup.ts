import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, createTemplate, startServer } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { findFreePort } from '../support/free-port.ts';
import { startIssuer } from './issuer.ts';
import type { Target } from './load.ts';
import { startMcpproxyd } from './mcpproxyd.ts';
import { startTemporal, startWorker } from './workflow.ts';

export interface BenchSetup {
  readonly targets: readonly Target[];
  stop(): Promise<void>;
}

export interface BenchOptions {
  /** Whether the gateway is also measured with some of its steps left out. */
  readonly parts: boolean;
  /** Whether calls are also measured that a workflow records, with a Temporal and a worker of their own. */
  readonly workflow: boolean;
  /** Where a profile of the whole gateway is written to. */
  readonly profileFolder: string | undefined;
}

interface Program {
  readonly url: string;
  readonly pid: number | undefined;
}

const stopMsMax = 15_000;

/** Starts what is measured, each in its own process, each gateway with a database of its own. */
export async function setUp(options: BenchOptions): Promise<BenchSetup> {
  const home = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  const children: ChildProcess[] = [];
  const start = async (program: string, env: Readonly<Record<string, string>>): Promise<Program> => {
    const port = await findFreePort();
    const child = fork(`dist/test/bench/programs/${program}.js`, [], {
      execArgv: [],
      env: { ...process.env, ...env, PORT: String(port) },
    });
    children.push(child);
    await once(child, 'message');
    return { url: `http://127.0.0.1:${port}/mcp`, pid: child.pid };
  };
  const upstream = await start('upstream', {});
  const floor = await start('floor', { UPSTREAM_URL: upstream.url });
  const baseline = await startMcpproxyd(upstream.url, home);
  if (baseline === undefined) process.stdout.write('  without mcpproxyd: Go or its modules cannot be had here\n');
  else children.push(baseline.process);

  const temporal = options.workflow ? await startTemporal(home) : undefined;
  if (temporal !== undefined) children.push(temporal.process);
  const postgres = await startServer();
  await createTemplate(postgres.adminUrl);
  const issuer = await startIssuer();
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const headers = { authorization: `Bearer ${await issuer.token(`${url}/bench/mcp`)}` };
  const files = { config: join(home, 'countersign.yaml'), key: join(home, 'root-key'), keys: join(home, 'keys.json') };
  await writeFile(files.config, configuration(url, issuer.url, upstream.url));
  await writeFile(files.key, randomBytes(32).toString('base64'));
  await writeFile(files.keys, '{"keys":[]}');
  const environment = async (): Promise<Readonly<Record<string, string>>> => ({
    LOG_LEVEL: 'error',
    COUNTERSIGN_CONFIG: files.config,
    COUNTERSIGN_KEY_FILE: files.key,
    COUNTERSIGN_DECISION_KEYS_FILE: files.keys,
    DATABASE_URL: (await createDatabase(postgres.adminUrl)).appUrl,
    // Ungated calls need no Temporal; the gateway goes on looking for one in the background.
    TEMPORAL_ADDRESS: temporal?.address ?? '127.0.0.1:9',
  });

  const targets: Target[] = [
    { name: 'direct', ...upstream },
    { name: 'floor', ...floor },
    ...(baseline === undefined ? [] : [baseline.target]),
  ];
  for (const part of options.parts ? ['relay', 'identity', 'masking', 'ledger'] : []) {
    const program = await start('part', { ...(await environment()), PART: part });
    targets.push({ name: part, pid: program.pid, url: program.url.replace('/mcp', '/bench/mcp'), headers });
  }
  const profiled = options.profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileFolder}`];
  const whole = await environment();
  const gateway = await startGateway(url, whole, profiled);
  targets.push({ name: 'whole', pid: gateway.pid, url: `${url}/bench/mcp`, headers });
  // Two gateways over one ledger: what a second one brings where one thread has no more to give.
  const twinUrl = `http://127.0.0.1:${await findFreePort()}`;
  const second = await startGateway(twinUrl, whole, []);
  children.push(second);
  const twin = { url: `${twinUrl}/bench/mcp`, pid: second.pid };
  targets.push({ name: 'two', pid: gateway.pid, url: `${url}/bench/mcp`, headers, twin });
  if (temporal !== undefined) {
    children.push(await startWorker(whole));
    const recorded = `${url}/recorded/mcp`;
    const own = { authorization: `Bearer ${await issuer.token(recorded)}` };
    targets.push({ name: 'workflow', pid: gateway.pid, url: recorded, headers: own });
  }
  return {
    targets,
    stop: async () => {
      // A profile is written at the end of a process, and a process that is killed has none.
      if (profiled.length > 0) await endInOrder(gateway);
      for (const child of [gateway, ...children]) child.kill('SIGKILL');
      issuer.close();
      await postgres.destroy();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function startGateway(
  url: string,
  env: Readonly<Record<string, string>>,
  execArgv: readonly string[],
): Promise<ChildProcess> {
  const child = fork('dist/gateway/main.js', [], {
    execArgv: [...execArgv],
    env: { ...process.env, ...env, COUNTERSIGN_PORT: new URL(url).port },
  });
  await eventually('a gateway is ready', async () => ((await fetch(`${url}/readyz`)).ok ? true : undefined), 60_000);
  return child;
}

async function endInOrder(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit', { signal: AbortSignal.timeout(stopMsMax) }).catch(() => undefined);
  child.kill('SIGTERM');
  await exited;
}

function configuration(url: string, issuer: string, upstream: string): string {
  return `version: 1
publicUrl: ${url}
issuers: [{ issuer: "${issuer}" }]
connections:
  - { name: bench, upstream: { url: "${upstream}" } }
  - { name: recorded, upstream: { url: "${upstream}" } }
rules:
  - { id: allow, match: { connection: bench, tool: answer, claims: { groups: bench } }, decision: allow }
  - { id: recorded, match: { connection: recorded, tool: answer }, decision: allow, record: workflow }
`;
}
