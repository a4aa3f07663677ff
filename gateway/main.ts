import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client, Connection as TemporalConnection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Runtime } from '@temporalio/worker';
import type { JSONWebKeySet } from 'jose';
import pg from 'pg';
import { pino } from 'pino';
import { gatewayQueue } from '../workflows/contract/names.ts';
import { loadKeyRing } from '../workflows/evidence/key-ring.ts';
import { openLedger } from '../workflows/evidence/ledger.ts';
import { createRandomPool } from '../workflows/evidence/random-pool.ts';
import { TokenVerifier } from './authenticate/bearer-token.ts';
import { LiveConfig } from './config/live-config.ts';
import { Upstreams } from './forward/upstream.ts';
import { Cases } from './hold/cases.ts';
import { Executions } from './hold/executions.ts';
import { createGatewayActivities } from './hold/gateway-activities.ts';
import { heldExecution } from './hold/held-execution.ts';
import { HostWorker } from './hold/host-worker.ts';
import { InstanceLease } from './hold/instance-lease.ts';
import { WaitingCalls } from './hold/waiting-calls.ts';
import { newId } from './ids.ts';
import { Sessions } from './receive/sessions.ts';
import { Recorder } from './record/recorder.ts';
import { createServer } from './server.ts';
import { isLoopback, readGatewaySettings } from './settings.ts';
import { createSteps } from './steps.ts';
import { untilReady } from './until-ready.ts';

const poolSizeMax = 10;
const drainMsMax = 10_000;
const now = (): Date => new Date();

const settings = orExit(() => readGatewaySettings(process.env));
const log = pino({ name: 'gateway', level: settings.logLevel });
const instance = settings.instance ?? newId('gw', now(), randomBytes);
const loopback = isLoopback(settings.host);
Runtime.install({ shutdownSignals: [] });

// What is wrong in the configuration is said before anything is waited for.
const live = orExit(() => new LiveConfig({ paths: settings.configPaths, env: process.env, loopback, log }));
const keys = orExit(() => loadKeyRing(settings.keyFile));
const decisionKeys = JSON.parse(await readFile(settings.decisionKeysFile, 'utf8')) as JSONWebKeySet;

const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: poolSizeMax });
pool.on('error', (error) => log.warn({ reason: error.message }, 'an idle database connection was lost'));
const { origin, databaseUrl: connectionString } = settings;
const ledger = await untilReady('the ledger', log, () => openLedger({ connectionString, origin, instance, keys, now }));

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
// Lazy: ungated calls do not need Temporal, so the gateway starts without it.
const temporal = new Client({ connection: TemporalConnection.lazy(connectionOptions), namespace });

const taskQueue = gatewayQueue(instance);
const random = createRandomPool();
const newCallId = (): string => newId('call', now(), random);
const newApprovalId = (): string => newId('apr', now(), random);
const config = () => live.current;
const masker = live.masker;
const sessions = new Sessions(pool, now);
const tokens = new TokenVerifier({ now, fetch });
const upstreams = new Upstreams();
const recorder = new Recorder(ledger, masker);
const waiting = new WaitingCalls();
const cases = new Cases({
  pool,
  temporal,
  masker,
  joinKey: keys.joinKey,
  gatewayQueue: taskQueue,
  now,
  newApprovalId,
  randomBytes,
});
const approvalUrl = (approvalId: string): string => `${config().publicUrl}/api/v1/approvals/${approvalId}`;
const steps = createSteps({ config, tokens, sessions, upstreams, masker, recorder, cases, waiting, approvalUrl });
const executions = new Executions({ pool, ledger, decisionKeys, config, instance, now });
const execute = heldExecution(steps, recorder, executions);
const host = new HostWorker({
  connectionOptions,
  namespace,
  taskQueue,
  activities: createGatewayActivities({ pool, ledger, waiting, executions, execute }),
  log,
});
const server = createServer({
  pool,
  config,
  tokens,
  sessions,
  upstreams,
  masker,
  recorder,
  steps,
  loopback,
  newCallId,
  log,
  unready: async () =>
    (await pool.query('select 1').catch(() => undefined)) === undefined ? 'the database' : undefined,
});
const lease = new InstanceLease({ pool, instance, now, log });
await lease.take(config().publicUrl);
await ledger.append([{ kind: 'gateway.started', facts: { instance, policyDigest: config().policyDigest } }]);
live.watch(async (change) => {
  tokens.forget();
  await ledger.append([change]);
});
host.start();
await server.listen({ host: settings.host, port: settings.port });
log.info({ instance, url: config().publicUrl }, 'gateway is listening');

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(signal));

/** What an operator has to mend is said in sentences, not in a stack. */
function orExit<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return process.exit(1);
  }
}

/** Drains: what is under way is finished or handed to its case, then the lease is given back. */
async function stop(signal: string): Promise<void> {
  log.info({ signal }, 'draining');
  live.stop();
  waiting.handOver();
  // A session's stream has no end of its own, and its client opens it again elsewhere.
  const cutOff = setTimeout(() => server.server.closeAllConnections(), drainMsMax);
  await server.close();
  clearTimeout(cutOff);
  await host.stop();
  recorder.stop();
  await ledger.append([{ kind: 'gateway.stopped', facts: { instance } }]).catch(() => undefined);
  await lease.giveBack().catch(() => undefined);
  await ledger.close();
  await upstreams.close();
  await temporal.connection.close();
  await pool.end();
}
