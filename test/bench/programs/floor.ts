import fastify from 'fastify';
import { Agent, request } from 'undici';

/** The least a relay can do with the gateway's own libraries: take the bytes, send them on, give the answer back. */
const upstream = process.env['UPSTREAM_URL'] ?? '';
const dispatcher = new Agent({ connections: 256 });
const server = fastify({ logger: false });
server.removeAllContentTypeParsers();
server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
server.post('/mcp', async (call, reply) => {
  const answer = await request(upstream, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: call.body as Buffer,
  });
  const body = Buffer.from(await answer.body.arrayBuffer());
  return reply.code(answer.statusCode).header('content-type', 'application/json').send(body);
});
await server.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
process.send?.('ready');
