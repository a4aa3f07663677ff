import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Chance } from './chance.ts';
import { ackMsMax, Deliverer } from './delivery/deliverer.ts';
import { Faults } from './faults.ts';
import { addPage } from './page-files.ts';
import { addResponseUrls } from './respond.ts';
import type { SimSettings } from './settings.ts';
import { addSimApi } from './sim-api/routes.ts';
import { PostLimit } from './web-api/post-limit.ts';
import { addWebApi } from './web-api/routes.ts';
import { Workspace } from './workspace.ts';

/** Long enough for an app to open a modal after its acknowledgement, short enough for a person not to notice. */
const reactionMsMax = 500;

export interface SimParts extends Chance {
  readonly log: Logger;
  /** How long the app has to acknowledge; three seconds unless told. */
  readonly ackWithinMs?: number;
  /** How long a click waits for what the app does with it; half a second unless told. */
  readonly reactionWithinMs?: number;
}

/** The whole stand-in as one server: Slack's Web API, the URLs apps answer to, `/_sim/`, and the page. */
export function createSlackSim(settings: Omit<SimSettings, 'host' | 'port'>, parts: SimParts): FastifyInstance {
  const { requestUrl, signingSecret, botToken, publicUrl } = settings;
  const { now, newId, log, ackWithinMs = ackMsMax, reactionWithinMs = reactionMsMax } = parts;
  const chance: Chance = { now, newId };
  const workspace = new Workspace(settings, chance);
  const faults = new Faults();
  const deliverer = new Deliverer({
    requestUrl,
    signingSecret,
    ackWithinMs,
    faults,
    changes: workspace.changes,
    chance,
  });
  // Typed as fastify's own logger: with pino's, every function that takes a server would have to be generic.
  const loggerInstance: FastifyBaseLogger = log;
  const logController = new LogController({ disableRequestLogging: true });
  const server = fastify({ loggerInstance, logController, forceCloseConnections: true });
  server.setErrorHandler((error, _request, reply) => {
    log.error({ error: error instanceof Error ? error.name : typeof error }, 'request failed');
    return reply.code((error as { statusCode?: number }).statusCode ?? 500).send({ ok: false, error: 'fatal_error' });
  });
  server.get('/livez', () => ({ status: 'live' }));
  const postLimit = new PostLimit(settings.postsPerSecond, now);
  addWebApi(server, { workspace, faults, postLimit, botToken, publicUrl });
  addResponseUrls(server, workspace);
  addSimApi(server, { workspace, deliverer, faults, publicUrl, reactionMsMax: reactionWithinMs });
  addPage(server);
  return server;
}
