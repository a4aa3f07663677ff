import { createServer } from 'node:http';

/** An MCP server that answers every request with the same 1.6 KB, so that only what lies before it is measured. */
const text = 'The quick brown fox jumps over the lazy dog, and build 4711 of service web-7 went out. '
  .repeat(18)
  .slice(0, 1_500);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { id } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { id?: number };
    const body = JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1', () => process.send?.('ready'));
