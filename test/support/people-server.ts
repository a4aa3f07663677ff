import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inputRequired, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { createMcpEndpoint } from '../../infra/dev/ops-server/mcp-endpoint.ts';

/** A server with personal data in its answers, in both eras, and what it was asked. */
export interface PeopleServer {
  readonly url: string;
  /** Parameters of the calls that reached it, as JSON, oldest first. */
  readonly heard: readonly string[];
  close(): Promise<void>;
}

const person = z.object({
  name: z.string(),
  salary: z.object({ amount: z.number(), currency: z.string() }),
  born: z.string(),
});
export const people = [
  { name: 'Jo Miller', salary: { amount: 81_234, currency: 'EUR' }, born: '1981-02-03' },
  { name: 'Al Baker', salary: { amount: 64_321, currency: 'EUR' }, born: '1990-12-11' },
];

/** What somebody earns after a raise. */
export const raised = 99_871;

export async function startPeopleServer(): Promise<PeopleServer> {
  const heard: string[] = [];
  const endpoint = createMcpEndpoint(() => createPeople());
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('utf8');
      if (text.includes('"tools/call"') && text.endsWith('}')) heard.push(text);
    });
    void endpoint.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    heard,
    close: async () => {
      await endpoint.close();
      await closed(server);
    },
  };
}

function createPeople(): McpServer {
  const server = new McpServer({ name: 'people', version: '1' }, { capabilities: { logging: {} } });
  server.registerTool(
    'read_people',
    {
      description: 'Lists everybody.',
      inputSchema: z.strictObject({ like: z.string().optional() }),
      outputSchema: z.object({ people: z.array(person) }),
    },
    async (_given, context) => {
      await context.mcpReq.notify({
        method: 'notifications/message',
        params: { level: 'info', data: { salary: people[0]?.salary.amount, read: people.length } },
      });
      return {
        content: [{ type: 'text' as const, text: JSON.stringify({ people }) }],
        structuredContent: { people },
      };
    },
  );
  server.registerTool('export_people', { inputSchema: z.strictObject({}) }, () => {
    const rows = people.map(({ name, salary, born }) => `${name},${String(salary.amount)},${born}`);
    return { content: [{ type: 'text', text: ['name,salary,born', ...rows].join('\n') }] };
  });
  server.registerTool('raise', { inputSchema: z.strictObject({ name: z.string() }) }, ({ name }) => {
    return { content: [{ type: 'text', text: `${name} has a raise\nSalary: ${String(raised)}` }] };
  });
  server.registerTool('confirm', { inputSchema: z.strictObject({ what: z.string() }) }, ({ what }, context) => {
    const answer = context.mcpReq.inputResponses?.['sure'];
    if (answer !== undefined) return { content: [{ type: 'text', text: `confirmed ${what}` }] };
    const sure = inputRequired.elicit({
      message: 'Are you sure?',
      requestedSchema: { type: 'object', properties: { reason: { type: 'string' } } },
    });
    return inputRequired({ inputRequests: { sure }, requestState: 'the-state-of-the-server' });
  });
  server.registerResource('handbook', 'people://handbook', {}, () => ({
    contents: [{ uri: 'people://handbook', mimeType: 'application/json', text: JSON.stringify({ people }) }],
  }));
  return server;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
