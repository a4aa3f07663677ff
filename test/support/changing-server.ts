import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/server';
import { createMcpEndpoint } from '../../infra/dev/ops-server/mcp-endpoint.ts';

/** A tool as this server lists it. */
export interface ListedTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: { readonly type: 'object'; readonly [key: string]: unknown };
  readonly outputSchema?: { readonly [key: string]: unknown };
  readonly annotations?: { readonly [key: string]: unknown };
}

/** An MCP server of both eras whose tools are what a test says they are, from one request to the next. */
export interface ChangingServer {
  readonly url: string;
  /** Arguments of the calls that reached it, oldest first. */
  readonly called: readonly { readonly name: string; readonly arguments: unknown }[];
  /** How often it was asked for its tools. */
  readonly listings: () => number;
  show(tools: readonly ListedTool[]): void;
  /** From now on it lists nothing but an error, or again its tools. */
  refuseToList(refuse: boolean): void;
  close(): Promise<void>;
}

const pageSize = 2;

export async function startChangingServer(first: readonly ListedTool[]): Promise<ChangingServer> {
  const state = { tools: first, refuses: false, listings: 0, called: [] as { name: string; arguments: unknown }[] };
  const endpoint = createMcpEndpoint(() => createChanging(state));
  const server = createServer((request, response) => void endpoint.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    called: state.called,
    listings: () => state.listings,
    show: (tools) => {
      state.tools = tools;
    },
    refuseToList: (refuse) => {
      state.refuses = refuse;
    },
    close: async () => {
      await endpoint.close();
      await closed(server);
    },
  };
}

interface State {
  readonly tools: readonly ListedTool[];
  readonly refuses: boolean;
  listings: number;
  readonly called: { name: string; arguments: unknown }[];
}

function createChanging(state: State): McpServer {
  const mcp = new McpServer({ name: 'changing', version: '1' }, { capabilities: { tools: { listChanged: true } } });
  mcp.server.setRequestHandler('tools/list', ({ params }) => {
    state.listings += 1;
    if (state.refuses) throw new Error('not now');
    const from = Number(params?.cursor ?? 0);
    const next = from + pageSize;
    return {
      tools: state.tools.slice(from, next).map((tool) => structuredClone(tool) as never),
      ...(next < state.tools.length ? { nextCursor: String(next) } : {}),
    };
  });
  mcp.server.setRequestHandler('tools/call', ({ params }) => {
    state.called.push({ name: params.name, arguments: params.arguments });
    return { content: [{ type: 'text', text: `${params.name} ran` }] };
  });
  return mcp;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
