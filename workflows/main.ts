import { randomUUID } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import fastify from 'fastify';
import type { JSONWebKeySet } from 'jose';
import { pino, type Logger } from 'pino';
import { createLedgerActivities } from './activities/ledger-activities.ts';
import { sweepOpenCalls, type SweepParts } from './activities/sweep-open-calls.ts';
import { sweepTasks } from './activities/sweep-tasks.ts';
import { openFailpoints } from './contract/failpoint.ts';
import { LEDGER_QUEUE } from './contract/names.ts';
import { openDatabasePool } from './evidence/database-pool.ts';
import { loadKeyRing } from './evidence/key-ring.ts';
import { openLedger } from './evidence/ledger.ts';
import { readWorkerSettings } from './settings.ts';

const sweepEveryMs = 5_000;
const connectAgainAfterMs = 1_000;
const poolSizeMax = 10;
/** Activities have ten seconds. */
const databaseSilenceMs = 8_000;
const now = (): Date => new Date();

const settings = readWorkerSettings(process.env);
const log = pino({ name: 'worker', level: settings.logLevel });
Runtime.install({ shutdownSignals: [] });
openFailpoints({
  env: process.env,
  loopback: settings.host === '127.0.0.1',
  remove: unlinkSync,
  die: () => process.kill(process.pid, 'SIGKILL'),
});

const pool = openDatabasePool({
  connectionString: settings.databaseUrl,
  connectionsMax: poolSizeMax,
  silenceMs: databaseSilenceMs,
  onLost: (error) => log.warn({ reason: error.message }, 'an idle database connection was lost'),
});
const ledger = await untilReady('the ledger', () =>
  openLedger({
    connectionString: settings.databaseUrl,
    origin: settings.origin,
    instance: `worker-${randomUUID().slice(0, 8)}`,
    keys: loadKeyRing(settings.keyFile),
    now,
  }),
);
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await untilReady('Temporal', () => NativeConnection.connect(connectionOptions));
const decisionKeys = JSON.parse(await readFile(settings.decisionKeysFile, 'utf8')) as JSONWebKeySet;

const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: LEDGER_QUEUE,
  ...(settings.workflowBundle === undefined
    ? { workflowsPath: fileURLToPath(new URL('./sandbox/index.ts', import.meta.url)) }
    : { workflowBundle: { codePath: settings.workflowBundle } }),
  activities: createLedgerActivities({ pool, ledger, decisionKeys, now }),
  shutdownGraceTime: '30 seconds',
});

const health = fastify();
health.get('/livez', () => ({ status: 'live' }));
health.get('/readyz', (_request, reply) =>
  worker.getState() === 'RUNNING' ? { status: 'ready' } : reply.code(503).send({ status: worker.getState() }),
);
await health.listen({ host: settings.host, port: settings.port });

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info({ signal }, 'draining');
    stopping.abort();
    worker.shutdown();
  });
}
const sweeping = sweepUntil(stopping.signal, { pool, ledger, origin: settings.origin, now }, log);
log.info({ queue: LEDGER_QUEUE, namespace }, 'worker is running');
await worker.run();
stopping.abort();
await sweeping;
await health.close();
await connection.close();
await ledger.close();
await pool.end();

/** Sweeping needs no leader: what two workers append for one call is appended once. */
async function sweepUntil(signal: AbortSignal, parts: SweepParts, logger: Logger): Promise<void> {
  while (!signal.aborted) {
    try {
      const closed = await sweepOpenCalls(parts);
      if (closed > 0) logger.warn({ closed }, 'calls of a stopped gateway were closed as unknown');
      const ended = await sweepTasks(parts);
      if (ended > 0) logger.warn({ ended }, 'tasks whose cases nobody ended have expired');
    } catch (error) {
      logger.warn({ reason: (error as Error).message }, 'open calls could not be swept, trying again');
    }
    await pause(sweepEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Servers may start in any order, so the worker waits for the ones it needs. */
async function untilReady<T>(what: string, connect: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      log.warn({ reason: (error as Error).message }, `${what} cannot be reached yet, trying again`);
      await pause(connectAgainAfterMs);
    }
  }
}
