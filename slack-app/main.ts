import { unlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { WebClient } from '@slack/web-api';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino, type Logger } from 'pino';
import { openFailpoints } from '../workflows/contract/failpoint.ts';
import { SLACK_QUEUE } from '../workflows/contract/names.ts';
import { createApp } from './app.ts';
import { createFactsSigner, type FactsSigner } from './identity/signer.ts';
import { clickRetries, temporalCases } from './listeners/cases.ts';
import { createSlackActivities } from './outbound/activities.ts';
import { webClientOptions } from './outbound/client.ts';
import { checkInstallation, WrongInstallation } from './outbound/installation.ts';
import { FastifyReceiver } from './receiver/fastify-receiver.ts';
import { createServer } from './receiver/server.ts';
import { readSlackSettings, type SlackSettings } from './settings.ts';
import { temporalLogger, wrapLogger } from './slack-logger.ts';

/** Slack waits 3,000 ms; this leaves time for the answer to travel. */
const answerWithinMs = 2_200;
const tryAgainAfterMs = 1_000;
const now = (): Date => new Date();

await run(process.env).catch((error: unknown) => {
  // The error's own sentence says what to do; its stack says nothing to whoever starts the program.
  pino({ name: 'slack-app' }).fatal(error instanceof Error ? error.message : 'the Slack app failed');
  process.exitCode = 1;
});

async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = readSlackSettings(env);
  const log = pino({ name: 'slack-app', level: settings.logLevel });
  openFailpoints({
    env,
    loopback: settings.host === '127.0.0.1',
    remove: unlinkSync,
    die: () => process.kill(process.pid, 'SIGKILL'),
  });
  const signer = await createFactsSigner(await readFile(settings.signingKeyFile, 'utf8'));
  Runtime.install({ shutdownSignals: [], logger: temporalLogger(log) });
  const stopping = stopOnSignal(log);
  if (settings.channel === 'slack-sim') log.warn('cards go to a Slack simulator: decisions prove nobody’s identity');

  let problem: string | undefined = 'starting';
  const server = createServer(() => problem);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  // Clicks are taken from the first moment; while Temporal cannot be reached they are honestly not recorded.
  const connection = Connection.lazy({ ...connectionOptions, interceptors: [clickRetries] });
  const { signingSecret, botToken, apiUrl, channel, channelId } = settings;
  const cases = temporalCases(new Client({ connection, namespace }), now, answerWithinMs);
  createApp({
    receiver: new FastifyReceiver(server, { signingSecret, now, log, slackLog: wrapLogger(log) }),
    listeners: { cases, signer, channel, channelId, now, answerWithinMs, log },
    botToken,
    apiUrl,
  });
  await server.listen({ host: settings.host, port: settings.port });

  try {
    await runWorker({ settings, signer, log, stopping, say: (status) => (problem = status) });
  } finally {
    await server.close();
    await cases.settle();
    await connection.close();
  }
}

interface WorkerParts {
  readonly settings: SlackSettings;
  readonly signer: FactsSigner;
  readonly log: Logger;
  readonly stopping: AbortSignal;
  /** Tells the readiness probe what is missing; undefined when nothing is. */
  readonly say: (status: string | undefined) => void;
}

/** Waits for Temporal and Slack, then works until it is told to stop, and lets running activities finish. */
async function runWorker({ settings, signer, log, stopping, say }: WorkerParts): Promise<void> {
  const { channel, channelId, teamId: homeTeamId } = settings;
  const client = new WebClient(settings.botToken, webClientOptions(settings.apiUrl, wrapLogger(log)));
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  say('waiting for Temporal');
  const connection = await untilReady('Temporal', () => NativeConnection.connect(connectionOptions), stopping, log);
  say('waiting for Slack');
  const bot = await untilReady('Slack', () => checkInstallation(client, settings), stopping, log);
  if (connection === undefined) return;
  if (bot !== undefined) {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: SLACK_QUEUE,
      activities: createSlackActivities({ client, channel, channelId, bot, homeTeamId, signer, now }),
      shutdownGraceTime: '30 seconds',
    });
    stopping.addEventListener('abort', () => {
      say('draining');
      worker.shutdown();
    });
    say(undefined);
    log.info({ queue: SLACK_QUEUE, namespace, channel }, 'slack-app is running');
    if (!stopping.aborted) await worker.run();
  }
  await connection.close();
}

/** Servers may start in any order, so this waits for the ones it needs. Undefined when told to stop meanwhile. */
async function untilReady<T>(
  what: string,
  connect: () => Promise<T>,
  stopping: AbortSignal,
  log: Logger,
): Promise<T | undefined> {
  while (!stopping.aborted) {
    try {
      return await connect();
    } catch (error) {
      if (error instanceof WrongInstallation) throw error;
      if (error instanceof ApplicationFailure && error.nonRetryable === true) throw error;
      log.warn({ reason: (error as Error).message }, `${what} cannot be reached yet, trying again`);
      await pause(tryAgainAfterMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
  return undefined;
}

function stopOnSignal(log: Logger): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'draining');
      stopping.abort();
    });
  }
  return stopping.signal;
}
