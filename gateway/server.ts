import type { RequestId } from '../workflows/contract/call.ts';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';
import { registerApi, type ApiParts } from './api/routes.ts';
import { resourceMetadata } from './authenticate/resource-metadata.ts';

import type { Config, Connection } from './config/config.ts';
import { connectionOf, publicAddress } from './config/derived.ts';
import { errorAnswers, GatewayError } from './errors.ts';
import type { ForwardedMessage } from './forward/forward-call.ts';
import { handleSession, type SessionParts } from './forward/session-stream.ts';
import { MaskingFailed } from './masking/masker.ts';
import { handleCall, type Steps } from './pipeline.ts';
import { checkHostAndOrigin } from './receive/host-check.ts';
import { ProtocolRefusal } from './receive/protocol-refusal.ts';
import { receive } from './receive/receive.ts';
import { outageOf } from './record/outage.ts';
import type { OpenReplies } from './release/open-replies.ts';
import { closeWhenQuiet } from './release/quiet-connections.ts';
import { Reply } from './release/reply.ts';

/** Requests are small beside answers: arguments of a tool, not its results. */
const requestBytesMax = 4 * 1024 * 1024;

/** For a request to arrive, not for its answer: nobody may send one a byte at a time. */
const requestMsMax = 60_000;
const headersMsMax = 15_000;
/** Longer than a load balancer keeps an idle connection, so that it is never the gateway that closes first. */
const keepAliveMs = 75_000;
/** Callers that vanished without a word are found out, or their open streams would stay for ever. */
const probeAfterMs = 60_000;

export interface ServerParts extends SessionParts, ApiParts {
  readonly log: Logger;
  readonly config: () => Config;
  readonly steps: Steps<ForwardedMessage>;
  readonly replies: OpenReplies;
  readonly loopback: boolean;
  /** Public keys by which servers check what the gateway tells them of callers. */
  readonly identityKeys: JSONWebKeySet;
  /** Names what is not ready, or nothing. */
  readonly unready: () => Promise<string | undefined>;
}

/** A tool's name of 256 characters, percent-encoded. */
const paramCharsMax = 3_072;

/** The HTTP surface: all routes, those of the API in `api/routes.ts`. */
export function createServer(parts: ServerParts): FastifyInstance {
  const server = fastify({
    bodyLimit: requestBytesMax,
    requestTimeout: requestMsMax,
    keepAliveTimeout: keepAliveMs,
    routerOptions: { maxParamLength: paramCharsMax },
    http: { headersTimeout: headersMsMax, keepAlive: true, keepAliveInitialDelay: probeAfterMs },
    // A gateway that drains answers what still reaches it, and says `Connection: close` with it.
    return503OnClosing: false,
  });
  closeWhenQuiet(server.server);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  server.get('/livez', () => ({ status: 'live' }));
  server.get('/readyz', async (_request, reply) => {
    const problem = await parts.unready();
    return problem === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', problem });
  });
  server.get<MetadataRoute>('/.well-known/oauth-protected-resource/:connection/mcp', (request) =>
    resourceMetadata(parts.config(), findConnection(parts.config(), request.params.connection)),
  );
  server.get('/.well-known/jwks.json', () => parts.identityKeys);
  registerApi(server, parts);
  server.post<CallRoute>('/:connection/mcp', (request, reply) =>
    serve(parts, request, reply, (connection, end) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const { headers } = request;
      const call = receive({ connection, headers, body, reply: end }, parts.newCallId);
      end.requestId = call.id ?? null;
      return handleCall(call, parts.steps);
    }),
  );
  for (const method of ['GET', 'DELETE'] as const) {
    server.route<CallRoute>({
      method,
      url: '/:connection/mcp',
      exposeHeadRoute: false,
      handler: (request, reply) =>
        serve(parts, request, reply, (connection, end) =>
          handleSession(parts, { method, connection, headers: request.headers, reply: end }),
        ),
    });
  }
  // No CORS: callers are programs. A page is refused by its Origin before it gets as far.
  server.route<CallRoute>({
    method: ['HEAD', 'OPTIONS', 'PUT', 'PATCH'],
    url: '/:connection/mcp',
    handler: () => {
      throw new GatewayError('METHOD_NOT_ALLOWED', { headers: { allow: 'POST, GET, DELETE' } });
    },
  });
  server.setErrorHandler((error: unknown, _request, reply) => {
    const known = error instanceof GatewayError ? error : fromFastify(error);
    if (known.code === 'INTERNAL') parts.log.error({ err: error }, 'a request failed');
    return reply.code(errorAnswers[known.code].status).headers(known.headers).send(errorBody(known));
  });
  return server;
}

interface CallRoute {
  Params: { connection: string };
}
type MetadataRoute = CallRoute;

/** Takes the socket over from fastify, so that answers can stream, and turns what is thrown into an answer. */
async function serve(
  parts: ServerParts,
  request: FastifyRequest<CallRoute>,
  reply: FastifyReply,
  handle: (connection: Connection, end: Reply) => Promise<void>,
): Promise<void> {
  const config = parts.config();
  checkHostAndOrigin(request.headers, publicAddress(config), parts.loopback);
  const connection = findConnection(config, request.params.connection);
  reply.hijack();
  const end = new Reply(reply.raw);
  await parts.replies.whileOpen(end, async () => {
    try {
      await handle(connection, end);
    } catch (error) {
      await answerError(parts.log, end, error);
    }
  });
}

/** Also a stream that has begun ends with a JSON-RPC message: without one, clients wait for their own clocks. */
async function answerError(log: Logger, end: Reply, error: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  if (error instanceof ProtocolRefusal) {
    await end.finish({ status: error.status, headers, bytes: Buffer.from(JSON.stringify(error.body)) });
    return;
  }
  const known =
    error instanceof GatewayError ? error : (outageOf(error) ?? new GatewayError(codeOf(error), { cause: error }));
  if (known.code === 'INTERNAL') log.error({ err: error }, 'a call failed');
  const { status } = errorAnswers[known.code];
  await end.finish({
    status,
    headers: { ...headers, ...known.headers },
    bytes: Buffer.from(JSON.stringify(errorBody(known, end.requestId))),
  });
}

function codeOf(error: unknown): 'UNMASKABLE' | 'INTERNAL' {
  return error instanceof MaskingFailed ? 'UNMASKABLE' : 'INTERNAL';
}

function errorBody(error: GatewayError, id: RequestId | null = null) {
  return { jsonrpc: '2.0', id, error: { code: errorAnswers[error.code].rpcCode, message: error.message } };
}

function fromFastify(error: unknown): GatewayError {
  const outage = outageOf(error);
  if (outage !== undefined) return outage;
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 413) return new GatewayError('BODY_TOO_LARGE', { detail: 'at most 4 MiB', cause: error });
  if (statusCode === 415) return new GatewayError('MEDIA_TYPE', { cause: error });
  return new GatewayError('INTERNAL', { cause: error });
}

function findConnection(config: Config, name: string): Connection {
  const connection = connectionOf(config, name);
  if (connection === undefined) throw new GatewayError('CONNECTION_UNKNOWN');
  return connection;
}
