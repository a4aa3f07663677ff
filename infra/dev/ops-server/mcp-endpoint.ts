import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
  toWebRequest,
  type NodeIncomingMessageLike,
} from '@modelcontextprotocol/node';
import { createMcpHandler, isInitializeRequest, isLegacyRequest, type McpServer } from '@modelcontextprotocol/server';

export interface McpEndpoint {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly close: () => Promise<void>;
}

const sessionsMax = 1_000;

/**
 * Streamable HTTP for both protocol eras at one address: 2026-07-28 requests stand alone, older clients get a session
 * with GET and DELETE as 2025-11-25 has them.
 */
export function createMcpEndpoint(createServer: () => McpServer): McpEndpoint {
  const modern = createMcpHandler(() => createServer(), { legacy: 'reject' });
  const handleModern = toNodeHandler(modern);
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();

  const openSession = async (): Promise<NodeStreamableHTTPServerTransport> => {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
        const oldest = sessions.keys().next().value;
        if (sessions.size > sessionsMax && oldest !== undefined) {
          void sessions.get(oldest)?.close();
          sessions.delete(oldest);
        }
      },
      onsessionclosed: (id) => {
        sessions.delete(id);
      },
    });
    await createServer().connect(transport);
    return transport;
  };

  const handleLegacy = async (request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> => {
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (known !== undefined) {
      await known.handleRequest(request, response, body);
    } else if (id === undefined && isInitializeRequest(body)) {
      await (await openSession()).handleRequest(request, response, body);
    } else if (id === undefined) {
      refuse(response, 400, 'Send initialize first, and its Mcp-Session-Id with every request.');
    } else {
      refuse(response, 404, 'This session is not known or has ended. Initialize again.');
    }
  };

  return {
    handle: async (request, response) => {
      // Node types the method as possibly undefined, the adapter as optional: the same thing to both.
      const incoming = request as NodeIncomingMessageLike;
      const web = await toWebRequest(incoming);
      const body: unknown =
        request.method === 'POST'
          ? await web
              .clone()
              .json()
              .catch(() => undefined)
          : undefined;
      if (await isLegacyRequest(web, body)) await handleLegacy(request, response, body);
      else await handleModern(incoming, response, body);
    },
    close: async () => {
      await modern.close();
      await Promise.all(
        [...sessions.values()].map(async (session) => {
          await session.close();
        }),
      );
    },
  };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32_600, message }, id: null }));
}
