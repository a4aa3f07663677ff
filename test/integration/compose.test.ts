import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchAccessToken } from '../../infra/dev/access-token.ts';
import { CALL_SCOPE, serviceClients } from '../../infra/dev/issuer/accounts.ts';
import { loadIssuerSecrets } from '../../infra/dev/issuer/issuer-secrets.ts';
import { Program } from '../../infra/dev/program.ts';
import { findTemporalBinary } from '../../infra/dev/temporal-binary.ts';
import { describeTemporal } from '../../infra/dev/temporal.ts';
import { programGroups, type WorldFile } from '../../infra/dev/world-file.ts';
import { connect, outcomeOf } from '../support/caller.ts';
import { readComposeFile, type ComposeFile } from '../support/compose-file.ts';
import { ComposeRun } from '../support/compose-run.ts';
import { parseDockerfile, stageEnv } from '../support/dockerfile.ts';
import { findFreePort } from '../support/free-port.ts';
import { databaseUrl, runSql, startServer, type TestServer } from '../support/postgres.ts';
import { Slack } from '../support/slack.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const image = 'countersign:trial';
const setUpMsMax = 480_000;
const now = () => performance.now();
/** The ports on which services of ours listen in the file. */
const portsInFile = ['7400', '7410', '7420', '7430', '7440', '7441', '7470'];

let folder: string;
let postgres: TestServer;
/** Undoes what was started so far, the latest first, also when the set-up fails half-way. */
const cleanUps: (() => Promise<void>)[] = [];
let file: ComposeFile;
let run: ComposeRun;
let world: WorldFile;

/** A Temporal dev server, for the services `temporal-schema`, `temporal` and `temporal-namespace`. */
async function startTemporal(): Promise<string> {
  const { path: binary } = await findTemporalBinary({
    cacheDir: join(repository, '.countersign', 'cache'),
    say: () => undefined,
  });
  const port = await findFreePort();
  const spec = describeTemporal({
    binary,
    port,
    uiPort: await findFreePort(),
    dbFile: join(folder, 'temporal', 'temporal.db'),
    namespace: 'default',
    logFile: join(folder, 'temporal.log'),
  });
  const temporal = new Program(
    spec,
    { spawned: () => undefined, crashed: () => undefined, recovered: () => undefined },
    now,
  );
  cleanUps.push(() => temporal.stop());
  await temporal.start();
  return `127.0.0.1:${port}`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-compose-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, ['infra/dev/run.mjs', 'build'], { cwd: repository, stdio: 'pipe' });
  postgres = await startServer();
  cleanUps.push(() => postgres.destroy());
  await runSql(postgres.adminUrl, 'create database countersign');
  const server = new URL(postgres.adminUrl);
  file = readComposeFile(join(repository, 'docker-compose.yml'), { POSTGRES_PASSWORD: server.password });
  const ports: Record<string, string> = {};
  for (const port of portsInFile) ports[port] = String(await findFreePort());
  run = new ComposeRun({
    file,
    image,
    imageEnv: stageEnv(parseDockerfile(readFileSync(join(repository, 'infra/docker/Dockerfile'), 'utf8')), 'trial'),
    cwd: repository,
    translation: {
      addresses: { 'postgres:5432': server.host, 'temporal:7233': await startTemporal() },
      ports,
      folders: {
        '/app': repository.replace(/\/$/, ''),
        '/keys': join(folder, 'keys'),
        '/signing': join(folder, 'signing'),
        '/data': join(folder, 'data'),
      },
    },
    logDir: join(folder, 'logs'),
    now,
  });
  cleanUps.push(() => run.stop());
  await run.start();
  world = await describeWorld(ports);
}, setUpMsMax);

afterAll(async () => {
  const failures: unknown[] = [];
  for (const cleanUp of cleanUps.toReversed()) await cleanUp().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, 'not everything could be stopped');
}, setUpMsMax);

/** Where a user of the trial finds everything: the published ports, and the secrets in the issuer's volume. */
async function describeWorld(ports: Readonly<Record<string, string>>): Promise<WorldFile> {
  const url = (port: string) => `http://localhost:${ports[port] ?? port}`;
  const secrets = await loadIssuerSecrets(join(folder, 'data', 'issuer'));
  const users = (await (await fetch(`${url('7420')}/_sim/users`)).json()) as { id: string; name: string }[];
  return {
    gateway: { url: url('7400'), instances: [] },
    connections: { ops: `${url('7400')}/ops/mcp`, everything: `${url('7400')}/everything/mcp` },
    issuer: {
      url: url('7430'),
      tokenEndpoint: `${url('7430')}/token`,
      authorizationEndpoint: `${url('7430')}/auth`,
      clients: Object.fromEntries(
        serviceClients.map(({ id }) => [id, { id, secret: secrets.clients[id] ?? '', scope: CALL_SCOPE }]),
      ),
      keyClients: {},
      users: {},
      login: { id: '', redirectUri: '' },
    },
    slackSim: {
      url: url('7420'),
      channel: 'CSIMAPPROVALS',
      users: Object.fromEntries(users.map(({ id, name }) => [name, id])),
    },
    temporal: { address: '', namespace: 'default', ui: '' },
    postgres: { url: databaseUrl(postgres.adminUrl, 'countersign') },
    ops: { url: `${url('7440')}/mcp`, executions: `${url('7440')}/executions` },
    pids: Object.fromEntries(programGroups.map((group) => [group, []])) as unknown as WorldFile['pids'],
    logs: join(folder, 'logs'),
  };
}

describe('the services of docker-compose.yml, by their own commands and environments', () => {
  test('all of ours run', () => {
    const ours = Object.entries(file.services).flatMap(([name, service]) => (service.image === image ? [name] : []));
    expect([...run.started].sort()).toEqual(ours.sort());
  });

  test('have an approved call run once, and its answer recorded before the caller has it', async () => {
    const value = 'approved-in-compose';
    const caller = await connect(world.connections['ops'] ?? '', await fetchAccessToken(world, 'ci-deployer', 'ops'));
    try {
      const setting = { service: 'payments', key: 'checkout.banner', value };
      const answer = caller.call('apply_config', setting, { onProgress: () => undefined });
      const slack = new Slack(world);
      const card = await slack.cardWith(value);
      expect(await countRuns()).toBe(0);
      expect(await slack.click('sre-1', card, 'approve')).toMatchObject({ delivered: true, httpStatus: 200 });
      const result = await answer;
      expect(outcomeOf(result)).toBeUndefined();
      expect(JSON.stringify(result.content)).toContain(value);
      expect(await countRuns()).toBe(1);
      expect(await recordedKinds()).toEqual(
        expect.arrayContaining(['call.held', 'approval.decided', 'response.recorded']),
      );
    } finally {
      await caller.close();
    }
  });

  test('reach the reference server through the gateway', async () => {
    const token = await fetchAccessToken(world, 'ci-deployer', 'everything');
    const caller = await connect(world.connections['everything'] ?? '', token);
    try {
      expect(JSON.stringify(await caller.call('echo', { message: 'through the gateway' }))).toContain(
        'through the gateway',
      );
    } finally {
      await caller.close();
    }
  });

  test('keep the key that signs decisions where the Slack app alone mounts it', () => {
    expect(existsSync(join(folder, 'keys', 'decision-signing-key.json'))).toBe(false);
    expect(existsSync(join(folder, 'signing', 'decision-signing-key.json'))).toBe(true);
    const holders = Object.entries(file.services).flatMap(([name, { volumes = [] }]) =>
      volumes.some((volume) => volume.startsWith('signing:')) ? [name] : [],
    );
    expect(holders.sort()).toEqual(['keys', 'slack-app']);
  });
});

async function countRuns(): Promise<number> {
  const executions = (await (await fetch(world.ops.executions)).json()) as { tool: string }[];
  return executions.filter(({ tool }) => tool === 'apply_config').length;
}

async function recordedKinds(): Promise<string[]> {
  const client = new Client({ connectionString: world.postgres.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ kind: string }>('select kind from ledger.entry order by seq');
    return rows.map(({ kind }) => kind);
  } finally {
    await client.end();
  }
}
