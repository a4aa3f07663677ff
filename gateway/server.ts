import type { RequestId } from '../workflows/contract/call.ts';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { resourceMetadata } from './authenticate/resource-metadata.ts';

import type { Config, Connection } from './config/config.ts';
import { errorAnswers, GatewayError } from './errors.ts';
import type { ForwardedMessage } from './forward/forward-call.ts';
import { handleSession, type SessionParts } from './forward/session-stream.ts';
import { approvalStatus, type ApprovalStatusParts } from './hold/approval-status.ts';
import { MaskingFailed } from './masking/masker.ts';
import { handleCall, type Steps } from './pipeline.ts';
import { checkHostAndOrigin } from './receive/host-check.ts';
import { ProtocolRefusal, receive } from './receive/receive.ts';
import { Reply } from './release/reply.ts';

/** Requests are small beside answers: arguments of a tool, not its results. */
const requestBytesMax = 4 * 1024 * 1024;

export interface ServerParts extends SessionParts, ApprovalStatusParts {
  readonly log: Logger;
  readonly config: () => Config;
  readonly steps: Steps<ForwardedMessage>;
  readonly loopback: boolean;
  /** Names what is not ready, or nothing. */
  readonly unready: () => Promise<string | undefined>;
}

/** The HTTP surface: the only file with routes. */
export function createServer(parts: ServerParts): FastifyInstance {
  const server = fastify({ bodyLimit: requestBytesMax, requestTimeout: 0, keepAliveTimeout: 75_000 });
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
  server.get<{ Params: { id: string } }>('/api/v1/approvals/:id', (request) =>
    approvalStatus(parts, request.params.id, request.headers),
  );
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
      handler: (request, reply) =>
        serve(parts, request, reply, (connection, end) =>
          handleSession(parts, { method, connection, headers: request.headers, reply: end }),
        ),
    });
  }
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
  checkHostAndOrigin(request.headers, new URL(parts.config().publicUrl), parts.loopback);
  const connection = findConnection(parts.config(), request.params.connection);
  reply.hijack();
  const end = new Reply(reply.raw);
  try {
    await handle(connection, end);
  } catch (error) {
    await answerError(parts.log, end, error);
  }
}

/** Also a stream that has begun ends with a JSON-RPC message: without one, clients wait for their own clocks. */
async function answerError(log: Logger, end: Reply, error: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  if (error instanceof ProtocolRefusal) {
    await end.finish({ status: error.status, headers, bytes: Buffer.from(JSON.stringify(error.body)) });
    return;
  }
  const known = error instanceof GatewayError ? error : new GatewayError(codeOf(error), { cause: error });
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
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 413) return new GatewayError('BODY_TOO_LARGE', { cause: error });
  if (statusCode === 415) return new GatewayError('MEDIA_TYPE', { cause: error });
  return new GatewayError('INTERNAL', { cause: error });
}

function findConnection(config: Config, name: string): Connection {
  const connection = config.connections.find((candidate) => candidate.name === name);
  if (connection === undefined) throw new GatewayError('CONNECTION_UNKNOWN');
  return connection;
}
