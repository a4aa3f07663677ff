import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { McpEndpoint } from './mcp-endpoint.ts';
import type { OpsStore } from './store.ts';

export interface OpsServerParts {
  readonly store: OpsStore;
  readonly endpoint: McpEndpoint;
  /** The bearer token every MCP request must carry: the credential the gateway injects. */
  readonly token: string;
  readonly onError: (error: unknown) => void;
}

/** `/mcp`, for tests `GET /executions`, and the two health checks. */
export function createOpsServer(parts: OpsServerParts): Server {
  return createServer((request, response) => {
    route(parts, request, response).catch((error: unknown) => {
      parts.onError(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: 'The sample server failed; its log says why.' });
    });
  });
}

async function route(parts: OpsServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  if (path === '/livez') {
    sendJson(response, 200, { status: 'ok' });
  } else if (path === '/readyz') {
    const reachable = await parts.store.check().then(
      () => true,
      () => false,
    );
    sendJson(response, reachable ? 200 : 503, { status: reachable ? 'ok' : 'database unreachable' });
  } else if (path === '/executions' && request.method === 'GET') {
    if (isLoopback(request)) sendJson(response, 200, await parts.store.listExecutions());
    else sendJson(response, 403, { error: 'Executions are listed to this machine only.' });
  } else if (path === '/mcp') {
    if (carriesToken(request, parts.token)) {
      await parts.endpoint.handle(request, response);
    } else {
      response.setHeader('www-authenticate', 'Bearer');
      sendJson(response, 401, { error: 'The bearer token of this server is missing or wrong.' });
    }
  } else {
    sendJson(response, 404, { error: 'There are /mcp, /executions, /livez and /readyz.' });
  }
}

function carriesToken(request: IncomingMessage, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`));
}

function isLoopback(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? '';
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
