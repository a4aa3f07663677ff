import type { ServerResponse } from 'node:http';
import {
  HTTPModuleFunctions,
  HTTPResponseAck,
  type App,
  type BufferedIncomingMessage,
  type Logger as SlackLogger,
  type Receiver,
} from '@slack/bolt';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { isFromSlack } from './verify.ts';

export const eventsPath = '/slack/events';
export const bodyBytesMax = 512 * 1024;
/** Slack gives up after 3,000 ms; an unacknowledged request is ended by us just before. */
const unacknowledgedAfterMs = 2_900;
/** Bolt and Slack agree on this exact value; with a `charset` Bolt does not see a form. */
const formType = 'application/x-www-form-urlencoded';

export interface ReceiverParts {
  readonly signingSecret: string;
  readonly now: () => Date;
  readonly log: Logger;
  readonly slackLog: SlackLogger;
}

/** A Bolt receiver that is one route on a fastify server, encapsulated so that sibling routes keep their parsers. */
export class FastifyReceiver implements Receiver {
  readonly #server: FastifyInstance;
  readonly #parts: ReceiverParts;

  constructor(server: FastifyInstance, parts: ReceiverParts) {
    this.#server = server;
    this.#parts = parts;
  }

  init(app: App): void {
    this.#server.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytesMax }, (_request, body, done) => {
        done(null, body);
      });
      scope.post(eventsPath, (request, reply) => receive(this.#parts, app, request, reply));
    });
  }

  /** The server is started and stopped by whoever made it. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

async function receive(parts: ReceiverParts, app: App, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (isSslCheck(request, raw)) return reply.code(200).send();
  if (!isFromSlack(request.headers, raw, parts.signingSecret, parts.now())) {
    parts.log.warn({ ip: request.ip }, 'refused a request that Slack did not just sign');
    return reply.code(401).send();
  }
  const httpRequest: BufferedIncomingMessage = Object.assign(request.raw, { rawBody: raw });
  const body = parseBody(httpRequest);
  if (body === undefined) return reply.code(400).send();
  if (body['type'] === 'url_verification') return reply.code(200).send({ challenge: body['challenge'] });

  reply.hijack();
  await dispatch(parts, app, httpRequest, reply.raw, body);
  return undefined;
}

/** Whatever no listener acknowledged is answered 503 at once: to Slack and to the person that is a failure. */
async function dispatch(
  { log, slackLog }: ReceiverParts,
  app: App,
  httpRequest: BufferedIncomingMessage,
  httpResponse: ServerResponse,
  body: Record<string, unknown>,
): Promise<void> {
  const ack = new HTTPResponseAck({
    logger: slackLog,
    processBeforeResponse: false,
    unhandledRequestTimeoutMillis: unacknowledgedAfterMs,
    unhandledRequestHandler: () => endUnacknowledged(httpResponse),
    httpRequest,
    httpRequestBody: body,
    httpResponse,
  });
  const retryNum = HTTPModuleFunctions.extractRetryNumFromHTTPRequest(httpRequest);
  const retryReason = HTTPModuleFunctions.extractRetryReasonFromHTTPRequest(httpRequest);
  try {
    await app.processEvent({
      body,
      ack: ack.bind(),
      ...(retryNum === undefined ? {} : { retryNum }),
      ...(retryReason === undefined ? {} : { retryReason }),
    });
  } catch (error) {
    log.error({ error: error instanceof Error ? error.name : typeof error }, 'a Slack request could not be processed');
  }
  endUnacknowledged(httpResponse);
}

function endUnacknowledged(response: ServerResponse): void {
  if (response.headersSent || response.writableEnded) return;
  response.writeHead(503);
  response.end();
}

/** Slack's certificate check is not signed; nothing of its body is looked at. */
function isSslCheck(request: FastifyRequest, raw: Buffer): boolean {
  return request.headers['content-type'] === formType && new URLSearchParams(raw.toString()).get('ssl_check') === '1';
}

function parseBody(request: BufferedIncomingMessage): Record<string, unknown> | undefined {
  try {
    const body: unknown = HTTPModuleFunctions.parseHTTPRequestBody(request);
    return typeof body === 'object' && body !== null && !Array.isArray(body)
      ? (body as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
