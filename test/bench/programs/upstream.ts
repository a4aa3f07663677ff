import { createServer } from 'node:http';

/** An MCP server that answers every call with the same 1.6 KB, so that only what lies before it is measured. */
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
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { id?: number; method: string };
    if (id === undefined) return void response.writeHead(202).end();
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id,
      result: results[method] ?? { content: [{ type: 'text', text }] },
    });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1', () => process.send?.('ready'));
