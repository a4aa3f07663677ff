import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../database/migrate.ts';
import { provisionOps } from './ops-server/provision.ts';
import { ensureDatabase, postgresUrl, POSTGRES_SUPERUSER, preparePostgres } from './postgres.ts';
import type { StepSpec } from './supervisor.ts';
import { findTemporalBinary } from './temporal-binary.ts';
import { describeTemporal, ensureSearchAttributes } from './temporal.ts';
import type { WorldHome } from './world-home.ts';
import { databaseUrls, type WorldPlan } from './world-programs.ts';

export interface ServerTask {
  readonly folders: WorldHome;
  readonly plan: WorldPlan;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** PostgreSQL and Temporal: run here unless the environment names servers that run already. */
export async function prepareServers(task: ServerTask): Promise<StepSpec[]> {
  const { plan } = task;
  const [postgres, temporal] = await Promise.all([
    process.env['DATABASE_URL'] === undefined ? describePostgres(task) : givenDatabase(task),
    process.env['TEMPORAL_ADDRESS'] === undefined ? describeDevTemporal(task) : givenTemporal(task),
  ]);
  const databases: StepSpec = {
    name: 'databases',
    after: ['postgres'],
    run: async () => {
      const urls = databaseUrls(plan);
      if (process.env['DATABASE_URL'] === undefined) {
        const server = postgresUrl(plan.ports.postgres, POSTGRES_SUPERUSER, plan.secrets.postgresPassword, 'postgres');
        await ensureDatabase(server, 'countersign');
      }
      await migrate({ databaseUrl: plan.adminUrl, appDatabaseUrl: urls.app });
      await provisionOps(plan.adminUrl, urls.ops, urls.opsSql);
    },
  };
  return [postgres, temporal, databases];
}

async function describePostgres({ folders, plan, say }: ServerTask): Promise<StepSpec> {
  if (!existsSync(folders.postgresDir)) say('PostgreSQL: making a data folder');
  return await preparePostgres({
    dataDir: folders.postgresDir,
    port: plan.ports.postgres,
    password: plan.secrets.postgresPassword,
    logFile: join(folders.logDir, 'postgres.log'),
  });
}

function givenDatabase({ say }: ServerTask): StepSpec {
  say('PostgreSQL: using the server that DATABASE_URL names');
  return { name: 'postgres', after: [], run: () => Promise.resolve() };
}

async function describeDevTemporal({ folders, plan, say, signal }: ServerTask): Promise<StepSpec> {
  const binary = await findTemporalBinary({
    cacheDir: folders.cacheDir,
    say,
    ...(signal === undefined ? {} : { signal }),
  });
  say(`Temporal CLI: ${binary.version}, from ${binary.source}`);
  return describeTemporal({
    binary: binary.path,
    port: plan.ports.temporal,
    uiPort: plan.ports.temporalUi,
    dbFile: join(folders.dataDir, 'temporal', 'temporal.db'),
    namespace: plan.temporal.namespace,
    logFile: join(folders.logDir, 'temporal.log'),
  });
}

function givenTemporal({ plan, say }: ServerTask): StepSpec {
  say(`Temporal: using the server at ${plan.temporal.address} (TEMPORAL_ADDRESS)`);
  return {
    name: 'temporal',
    after: [],
    run: async () => {
      await ensureSearchAttributes(plan.temporal.address, plan.temporal.namespace);
    },
  };
}
