import type { FastifyInstance } from 'fastify';

const loopbackName = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/;

/**
 * Keeps other web pages of this machine's browser out: a page elsewhere could otherwise click here in a persona's name.
 * Refuses a request that - names a host that is not this machine (DNS rebinding) - comes from another origin
 * - changes something without being JSON, which no page may send across origins unasked.
 */
export function addGuard(scope: FastifyInstance): void {
  scope.addHook('onRequest', async (request, reply) => {
    const { host = '', origin } = request.headers;
    const foreign = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
    if (!loopbackName.test(host) || foreign) {
      return reply.code(403).send({ error: 'Only this machine may use the stand-in; open it at 127.0.0.1.' });
    }
    const isJson = request.headers['content-type']?.startsWith('application/json') === true;
    if (request.method === 'POST' && !isJson) {
      return reply.code(415).send({ error: 'Send JSON, with content-type application/json.' });
    }
    return undefined;
  });
}
