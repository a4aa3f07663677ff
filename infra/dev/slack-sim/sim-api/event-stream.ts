import type { FastifyInstance } from 'fastify';
import type { Changes } from '../changes.ts';

/** So that proxies and browsers notice a stand-in that is gone. */
const heartbeatMs = 15_000;

/** `GET /_sim/events`: a server-sent event for every change. It carries no content; the page asks for what it shows. */
export function addEventStream(scope: FastifyInstance, changes: Changes): void {
  scope.get('/events', (request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.raw.write('data: changed\n\n');
    const unsubscribe = changes.subscribe(() => reply.raw.write('data: changed\n\n'));
    const heartbeat = setInterval(() => reply.raw.write(': here\n\n'), heartbeatMs);
    request.raw.once('close', () => {
      clearInterval(heartbeat);
      unsubscribe();
    });
  });
}
