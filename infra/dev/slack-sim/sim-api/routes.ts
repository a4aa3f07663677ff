import type { FastifyInstance } from 'fastify';
import { Impossible } from '../interactions.ts';
import { addActRoutes } from './act-routes.ts';
import { addEventStream } from './event-stream.ts';
import { addFaultRoutes } from './fault-routes.ts';
import { addGuard } from './guard.ts';
import type { SimApiParts } from './parts.ts';
import { addReadRoutes } from './read-routes.ts';

/** `/_sim/`: what the page and programs see of the workspace and do in it, as JSON. */
export function addSimApi(server: FastifyInstance, parts: SimApiParts): void {
  server.register(
    async (scope) => {
      addGuard(scope);
      scope.setErrorHandler((error, request, reply) => {
        if (error instanceof Impossible) return reply.code(error.status).send({ error: error.message });
        const status = (error as { statusCode?: number }).statusCode ?? 500;
        if (status < 500) return reply.code(status).send({ error: 'The request cannot be read. Send JSON.' });
        request.log.error({ error: error instanceof Error ? error.name : typeof error }, 'request failed');
        return reply.code(500).send({ error: 'The stand-in failed; its log says why.' });
      });
      addReadRoutes(scope, parts);
      addActRoutes(scope, parts);
      addFaultRoutes(scope, parts);
      addEventStream(scope, parts.workspace.changes);
    },
    { prefix: '/_sim' },
  );
}
