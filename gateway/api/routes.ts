import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { connectionOf, publicAddress } from '../config/derived.ts';
import { GatewayError } from '../errors.ts';
import { approvalStatus, type ApprovalStatusParts } from './approval-status.ts';
import { checkHostAndOrigin } from '../receive/host-check.ts';
import { outageOf } from '../record/outage.ts';
import { requireOperator, type OperatorParts } from './operators.ts';
import { liftPause, listPauses, setPause, type PauseApiParts } from './pauses.ts';
import { registerPolicyApi, type PolicyApiParts } from './policies.ts';
import { ApiError, problemOf } from './problem.ts';
import { acceptTool, listToolStates, showTool, type ToolApiParts } from './tools.ts';

export interface ApiParts extends ApprovalStatusParts, OperatorParts, PauseApiParts, PolicyApiParts, ToolApiParts {
  readonly config: () => Config;
  readonly loopback: boolean;
  readonly log: Logger;
}

const prefix = '/api/v1';
type ToolsRoute = { Params: { connection: string } };
type ToolRoute = { Params: { connection: string; tool: string } };

/** The API for people and their tools, beside the MCP endpoints. What it refuses, it says in RFC 9457. */
export function registerApi(server: FastifyInstance, parts: ApiParts): void {
  void server.register(
    async (api) => {
      api.setErrorHandler((error: unknown, _request, reply) => refuse(parts.log, reply, error));
      api.setNotFoundHandler((_request, reply) => refuse(parts.log, reply, new ApiError('NOT_FOUND')));
      api.addHook('onRequest', async (request) => {
        checkHostAndOrigin(request.headers, publicAddress(parts.config()), parts.loopback);
      });
      api.get<{ Params: { id: string } }>('/approvals/:id', ({ params, headers }) =>
        approvalStatus(parts, params.id, headers),
      );
      registerPolicyApi(api, parts);
      api.get<ToolsRoute>('/connections/:connection/tools', async ({ params, headers, query }) => {
        await requireOperator(parts, headers);
        return listToolStates(parts, known(parts, params.connection), query);
      });
      api.get<ToolRoute>('/connections/:connection/tools/:tool', async ({ params, headers }) => {
        await requireOperator(parts, headers);
        return showTool(parts, known(parts, params.connection), params.tool);
      });
      api.post<ToolRoute>('/connections/:connection/tools/:tool/accept', async ({ params, headers, body }) => {
        const operator = await requireOperator(parts, headers);
        const target = { connection: known(parts, params.connection), tool: params.tool };
        return acceptTool(parts, operator, target, parse(body));
      });
      api.get('/pauses', async ({ headers }) => {
        await requireOperator(parts, headers);
        return listPauses(parts);
      });
      api.post('/pauses', async ({ headers, body }) => {
        const operator = await requireOperator(parts, headers);
        return setPause(parts, operator, parse(body));
      });
      api.delete('/pauses', async ({ headers, query }) => {
        const operator = await requireOperator(parts, headers);
        return liftPause(parts, operator, query);
      });
    },
    { prefix },
  );
}

/** The name of a connection that is configured. */
function known({ config }: ApiParts, connection: string): string {
  if (connectionOf(config(), connection) !== undefined) return connection;
  throw new GatewayError('CONNECTION_UNKNOWN');
}

/** Bodies come as bytes, since the MCP endpoints want them so. */
function parse(body: unknown): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(body) ? body.toString('utf8') : '');
  } catch {
    throw new ApiError('BODY_INVALID', 'it is not JSON');
  }
}

function refuse(log: Logger, reply: FastifyReply, error: unknown): FastifyReply {
  const known = error instanceof ApiError || error instanceof GatewayError ? error : fromFastify(error);
  if (known.code === 'INTERNAL') log.error({ err: error }, 'a request to the API failed');
  const problem = problemOf(known);
  const headers = known instanceof GatewayError ? known.headers : {};
  return reply.code(problem.status).headers(headers).type('application/problem+json').send(JSON.stringify(problem));
}

function fromFastify(error: unknown): GatewayError {
  const { statusCode } = error as { statusCode?: number };
  const outage = outageOf(error);
  if (outage !== undefined) return outage;
  return new GatewayError(statusCode === 413 ? 'BODY_TOO_LARGE' : 'INTERNAL', { cause: error });
}
