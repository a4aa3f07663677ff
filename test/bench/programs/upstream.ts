import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * An MCP server that answers every call with the same 1.6 KB, so that only what lies before it is measured. With
 * `SESSIONS` it gives each client a session, and the stream of one to whoever asks.
 */
const withSessions = process.env['SESSIONS'] !== undefined;
const text = 'The quick brown fox jumps over the lazy dog, and build 4711 of service web-7 went out. '
  .repeat(18)
  .slice(0, 1_500);
const tool = { name: 'answer', description: 'Answers.', inputSchema: { type: 'object' } };

const results: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'bench', version: '1' },
  },
  'tools/list': { tools: [tool] },
};

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (withSessions && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return void response.write(': open\n\n');
    }
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { id?: number; method: string };
    if (id === undefined) return void response.writeHead(202).end();
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id,
      result: results[method] ?? { content: [{ type: 'text', text }] },
    });
    const session = withSessions && method === 'initialize' ? { 'mcp-session-id': randomUUID() } : {};
    const length = Buffer.byteLength(body);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': length, ...session });
    response.end(body);
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1', () => process.send?.('ready'));
