import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection as TemporalConnection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Runtime } from '@temporalio/worker';
import type { JSONWebKeySet } from 'jose';
import { pino } from 'pino';
import { openFailpoints } from '../workflows/contract/failpoint.ts';
import { gatewayQueue, TASK_QUEUE } from '../workflows/contract/names.ts';
import type { ToolAlarm } from '../workflows/contract/tool-alarm.ts';
import { openDatabasePool } from '../workflows/evidence/database-pool.ts';
import { loadKeyRing } from '../workflows/evidence/key-ring.ts';
import { openLedger } from '../workflows/evidence/ledger.ts';
import { createRandomPool } from '../workflows/evidence/random-pool.ts';
import { TokenVerifier } from './authenticate/bearer-token.ts';
import { LiveConfig } from './config/live-config.ts';
import { PolicyVersions } from './config/versions/policy-versions.ts';
import { createIdentitySigner } from './forward/caller-identity.ts';
import { UpstreamCredentials } from './forward/credentials.ts';
import { OpenCalls } from './forward/open-calls.ts';
import { Upstreams } from './forward/upstream.ts';
import { Cases } from './hold/cases.ts';
import { Executions } from './hold/executions.ts';
import { createGatewayActivities } from './hold/gateway-activities.ts';
import { heldExecution } from './hold/held-execution.ts';
import { HostWorker } from './hold/host-worker.ts';
import { InstanceLease } from './hold/instance-lease.ts';
import { RequestStates } from './hold/request-state.ts';
import { TaskWatch } from './hold/tasks/watch.ts';
import { Tasks } from './hold/tasks/tasks.ts';
import { WaitingCalls } from './hold/waiting-calls.ts';
import { newId } from './ids.ts';
import { clearPause } from './limits/clear-pause.ts';
import { cutOffPaused } from './limits/cut-off.ts';
import { Limiter } from './limits/limiter.ts';
import { readSharedState } from './limits/pause-store.ts';
import { Pauses } from './limits/pauses.ts';
import { RefusalFloods } from './limits/refusal-floods.ts';
import { Sessions } from './receive/sessions.ts';
import { Recorder } from './record/recorder.ts';
import { startRecording } from './record/start-recording.ts';
import { WorkflowRuns } from './record/workflow-runs.ts';
import { ServerAsks } from './screen/requests/server-asks.ts';
import { raiseToolAlarm } from './screen/pins/tool-alarm.ts';
import { ToolPins } from './screen/pins/tool-pins.ts';
import { ToolSightings } from './screen/pins/tool-sightings.ts';
import { OpenReplies } from './release/open-replies.ts';
import { createServer } from './server.ts';
import { isLoopback, lastWordMs, readGatewaySettings } from './settings.ts';
import { createSteps } from './steps.ts';
import { untilReady } from './until-ready.ts';

const poolSizeMax = 10;
/** Callers hear of a PostgreSQL that is away within two seconds. */
const databaseSilenceMs = 2_000;
const now = (): Date => new Date();

const settings = orExit(() => readGatewaySettings(process.env));
const log = pino({ name: 'gateway', level: settings.logLevel });
// Of this process and no other: one that comes back under the same name must not keep the lease of the dead one alive.
const instance = newId(settings.instance ?? 'gw', now(), randomBytes);
const loopback = isLoopback(settings.host);
orExit(() =>
  openFailpoints({
    env: process.env,
    loopback,
    remove: unlinkSync,
    die: () => process.kill(process.pid, 'SIGKILL'),
  }),
);
Runtime.install({ shutdownSignals: [] });

// What is wrong in the configuration is said before anything is waited for.
const live = orExit(() => new LiveConfig({ paths: settings.configPaths, env: process.env, loopback, log }));
const keys = orExit(() => loadKeyRing(settings.keyFile));
const decisionKeys = JSON.parse(await readFile(settings.decisionKeysFile, 'utf8')) as JSONWebKeySet;

const { origin, databaseUrl: connectionString } = settings;
const pool = openDatabasePool({
  connectionString,
  connectionsMax: poolSizeMax,
  silenceMs: databaseSilenceMs,
  onLost: (error) => log.warn({ reason: error.message }, 'an idle database connection was lost'),
});
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
const newTokenId = (): string => newId('idt', now(), random);
const identity = createIdentitySigner({ key: keys.identityKey, config, now, newTokenId });
const upstreams = new Upstreams(new UpstreamCredentials({ now, fetch, signIdentity: identity.sign, log }));
const recorder = new Recorder(ledger, masker);
const uptimeMs = (): number => performance.now();
// On a connection of its own, so that a pause is in force in time also while all others are busy.
const pausePool = openDatabasePool({
  connectionString,
  connectionsMax: 1,
  silenceMs: databaseSilenceMs,
  onLost: (error) => log.warn({ reason: error.message }, 'the connection that reads pauses was lost'),
});
const pauses = new Pauses({
  read: () => readSharedState(pausePool),
  uptimeMs,
  onSet: (set) => cutOffPaused({ replies, waiting }, set),
  clear: (over) => clearPause(ledger, over),
  log,
});
const limiter = new Limiter({ limits: () => config().limits, gateways: () => pauses.gateways, uptimeMs });
const newFloodId = (): string => newId('fld', now(), random);
const floods = new RefusalFloods({ ledger, now, uptimeMs, newFloodId, log });
const waiting = new WaitingCalls();
const openCalls = new OpenCalls(recorder);
const replies = new OpenReplies();
const runs = new WorkflowRuns();
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
const asks = new ServerAsks();
const pins = new ToolPins({ pool, now });
const raiseAlarm = (alarm: ToolAlarm): Promise<void> => raiseToolAlarm(temporal, alarm, now);
const sightings = new ToolSightings({ pool, pins, ledger, masker, config, now, raiseAlarm, log });
const requestStates = new RequestStates({ pool, key: keys.requestStateKey, now, randomBytes });
const approvalUrl = (approvalId: string): string => `${config().publicUrl}/api/v1/approvals/${approvalId}`;
const tasks = new Tasks({ pool, ledger, masker, key: keys.taskKey, now, randomBytes });
const taskWatch = new TaskWatch({ tasks, approvalUrl });
const steps = createSteps({
  config,
  now,
  tokens,
  sessions,
  upstreams,
  openCalls,
  masker,
  recorder,
  pauses,
  limiter,
  floods,
  runs,
  startRecording: (call) => startRecording(temporal, taskQueue, call, now),
  cases,
  waiting,
  requestStates,
  tasks,
  taskWatch,
  asks,
  pins,
  sightings,
  approvalUrl,
});
const executions = new Executions({ pool, ledger, decisionKeys, instance, now });
const execute = heldExecution(steps, recorder, executions, requestStates);
const activities = createGatewayActivities({
  pool,
  ledger,
  waiting,
  runs,
  executions,
  execute,
  replies,
  upstreams,
  pins,
  sightings,
  tasks,
  pauses,
  config,
  now,
});
const hostOf = (queue: string): HostWorker =>
  new HostWorker({ connectionOptions, namespace, taskQueue: queue, activities, log });
const callerHost = hostOf(taskQueue);
const taskHost = hostOf(TASK_QUEUE);
let stopping = false;
const server = createServer({
  pool,
  ledger,
  now,
  config,
  tokens,
  sessions,
  upstreams,
  openCalls,
  replies,
  masker,
  recorder,
  asks,
  pins,
  sightings,
  pauses,
  steps,
  loopback,
  identityKeys: identity.jwks,
  newCallId,
  log,
  unready: async () => {
    if (stopping) return 'it is stopping';
    return (await pool.query('select 1').catch(() => undefined)) === undefined ? 'the database' : undefined;
  },
});
server.addHook('preClose', async () => {
  await pause(settings.drainGraceMs);
  waiting.handOver();
  // A session's stream has no end of its own, and its client opens it again elsewhere.
  replies.endEndless();
});
const lease = new InstanceLease({ pool, instance, now, log });
await lease.take(config().publicUrl);
const versions = new PolicyVersions({ pool, ledger, instance, now });
await versions.start(config());
await untilReady('what is paused', log, () => pauses.start());
floods.start();
live.watch({
  record: (before, next) => versions.change(before, next),
  tookEffect: () => tokens.forget(),
  rejected: async (entry) => void (await ledger.append([entry])),
});
for (const host of [callerHost, taskHost]) host.start();
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

/**
 * Drains. `/readyz` says no, and for a moment everything is served as ever; then no connection is taken any more, what
 * waits is handed to its case, what is under way is finished, and the lease is given back.
 */
async function stop(signal: string): Promise<void> {
  log.info({ signal }, 'draining');
  stopping = true;
  live.stop();
  pauses.letGo();
  const cutOffAfterMs = settings.drainGraceMs + settings.drainMs;
  const cutOff = setTimeout(() => replies.cutOffAll(), cutOffAfterMs);
  const last = setTimeout(() => server.server.closeAllConnections(), cutOffAfterMs + lastWordMs);
  // Tasks are run by the other gateways from here on.
  await Promise.all([server.close(), taskHost.stop()]);
  clearTimeout(last);
  await openCalls.stop();
  await callerHost.stop();
  clearTimeout(cutOff);
  recorder.stop();
  pauses.stop();
  await floods.stop();
  await ledger.append([{ kind: 'gateway.stopped', facts: { instance } }]).catch(() => undefined);
  await lease.giveBack().catch(() => undefined);
  await ledger.close();
  await upstreams.close();
  await temporal.connection.close();
  await Promise.all([pool.end(), pausePool.end()]);
}
