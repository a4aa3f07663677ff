import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  inputRequired,
  McpServer,
  UrlElicitationRequiredError,
  type CallToolResult,
  type InputRequiredResult,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { createMcpEndpoint } from '../../infra/dev/ops-server/mcp-endpoint.ts';

/** A server that asks its callers for things, in both eras, and what it was given. */
export interface AskingServer {
  readonly url: string;
  /** The answers as they reached it, oldest first. */
  readonly received: readonly unknown[];
  close(): Promise<void>;
}

type Asked = { readonly mcpReq: { readonly inputResponses?: Readonly<Record<string, unknown>> | undefined } };
type InputRequest = ReturnType<typeof inputRequired.elicit>;

export async function startAskingServer(): Promise<AskingServer> {
  const received: unknown[] = [];
  const endpoint = createMcpEndpoint(() => createAsker(received));
  const server = createServer((request, response) => void endpoint.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    received,
    close: async () => {
      await endpoint.close();
      await closed(server);
    },
  };
}

function createAsker(received: unknown[]): McpServer {
  const server = new McpServer({ name: 'asking', version: '1' }, { capabilities: { resources: { subscribe: true } } });
  const ask = (context: Asked, request: InputRequest) => {
    const answer = context.mcpReq.inputResponses?.['answer'];
    if (answer === undefined) return inputRequired({ inputRequests: { answer: request } });
    received.push(answer);
    return text('thank you');
  };
  server.registerTool('ask_person', { inputSchema: z.object({ field: z.string() }) }, ({ field }, context) =>
    ask(
      context,
      inputRequired.elicit({
        message: 'Please fill in, or write to help@asking.example',
        requestedSchema: { type: 'object', properties: { [field]: { type: 'string' } } },
      }),
    ),
  );
  server.registerTool('ask_link', { inputSchema: z.object({ url: z.string() }) }, ({ url }, context) =>
    ask(context, inputRequired.elicitUrl({ message: 'Please log in', url })),
  );
  server.registerTool('ask_model', { inputSchema: z.object({ prompt: z.string() }) }, ({ prompt }, context) =>
    ask(
      context,
      inputRequired.createMessage({
        messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
        maxTokens: 10,
      }),
    ),
  );
  server.registerTool('ask_folders', { inputSchema: z.object({}) }, (_given, context) =>
    ask(context, inputRequired.listRoots()),
  );
  server.registerTool('link_first', { inputSchema: z.object({ url: z.string() }) }, ({ url }) => {
    throw new UrlElicitationRequiredError([{ mode: 'url', url, elicitationId: 'e1', message: 'Please log in first' }]);
  });
  server.registerTool('touch', { inputSchema: z.object({ uri: z.string() }) }, async ({ uri }, context) => {
    await context.mcpReq.notify({ method: 'notifications/resources/updated', params: { uri } });
    return text('touched');
  });
  return server;
}

function text(line: string): CallToolResult | InputRequiredResult {
  return { content: [{ type: 'text', text: line }] };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
