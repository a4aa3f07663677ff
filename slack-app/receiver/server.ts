import fastify, { type FastifyInstance } from 'fastify';

/** Answers health probes; the receiver adds Slack's route. `problem` says what keeps the program from working. */
export function createServer(problem: () => string | undefined): FastifyInstance {
  const server = fastify({ logger: false, return503OnClosing: false });
  server.get('/livez', () => ({ status: 'live' }));
  server.get('/readyz', (_request, reply) => {
    const status = problem();
    return status === undefined ? { status: 'ready' } : reply.code(503).send({ status });
  });
  return server;
}
