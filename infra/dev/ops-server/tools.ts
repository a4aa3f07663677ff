import { setTimeout as sleep } from 'node:timers/promises';
import { McpServer, type CallToolResult, type ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { sampleLogLine, sampleServices } from './sample-data.ts';
import type { OpsStore } from './store.ts';

const service = z.string().describe(`Name of the service: ${sampleServices.map(({ name }) => name).join(', ')}`);
const reason = z.string().max(500).optional().describe('Why, for those who approve');
const rolloutSecondsMax = 60;
const logLinesMax = 200;
const logChunks = 5;
const logChunkMs = 150;

const configShape = z.object({
  service: z.string(),
  owner: z.object({ name: z.string(), email: z.string(), phone: z.string() }),
  settings: z.record(z.string(), z.string()),
});
const sqlShape = z.object({
  command: z.string(),
  rowCount: z.number(),
  rows: z.array(z.record(z.string(), z.unknown())),
});

/** A server object for one request or one session, over the store all of them share. */
export function createOpsMcpServer(store: OpsStore): McpServer {
  const server = new McpServer(
    { name: 'ops', title: 'Operations (sample)', version: '1.0.0' },
    { instructions: 'Reads and changes the configuration of the sample services.' },
  );
  registerReadingTools(server, store);
  registerChangingTools(server, store);
  return server;
}

function registerReadingTools(server: McpServer, store: OpsStore): void {
  server.registerTool(
    'get_config',
    {
      title: 'Read configuration',
      description: 'Returns the settings of a service and who owns it. Settings may hold secrets.',
      inputSchema: z.object({ service }),
      outputSchema: configShape,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async (given) => {
      await store.countExecution('get_config', given);
      const config = await store.readConfig(given.service);
      return config === undefined ? failed(unknownService(given.service)) : answered({ ...config });
    },
  );
  server.registerTool(
    'read_logs',
    {
      title: 'Read logs',
      description: 'Reads the latest log lines of a service, and reports progress while it does.',
      inputSchema: z.object({ service, lines: z.number().int().min(1).max(logLinesMax).default(20) }),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async (given, context) => {
      await store.countExecution('read_logs', given);
      return { content: [{ type: 'text', text: await readLogs(given.service, given.lines, context) }] };
    },
  );
}

function registerChangingTools(server: McpServer, store: OpsStore): void {
  server.registerTool(
    'apply_config',
    {
      title: 'Change configuration',
      description: 'Writes one setting of a service and rolls it out.',
      inputSchema: z.object({
        service,
        key: z.string().min(1).max(200),
        value: z.string().max(10_000),
        reason,
        rolloutSeconds: z
          .number()
          .min(0)
          .max(rolloutSecondsMax)
          .optional()
          .describe('Spreads the roll-out over this long'),
      }),
      annotations: { destructiveHint: true, idempotentHint: false, openWorldHint: false },
    },
    async (given) => {
      await store.countExecution('apply_config', given);
      if ((await store.readConfig(given.service)) === undefined) return failed(unknownService(given.service));
      if (given.rolloutSeconds !== undefined) await sleep(given.rolloutSeconds * 1000);
      const before = await store.writeSetting(given.service, given.key, given.value);
      return text(
        `${given.service}: ${given.key} is now "${given.value}" (was ${before === undefined ? 'not set' : `"${before}"`}).`,
      );
    },
  );
  server.registerTool(
    'restart_service',
    {
      title: 'Restart service',
      description: 'Restarts every instance of a service. Requests in flight are lost.',
      inputSchema: z.object({ service, reason }),
      annotations: { destructiveHint: true, idempotentHint: false, openWorldHint: false },
    },
    async (given) => {
      await store.countExecution('restart_service', given);
      const restarts = await store.restartService(given.service);
      if (restarts === undefined) return failed(unknownService(given.service));
      return text(`${given.service} was restarted (${String(restarts)} restarts so far).`);
    },
  );
  server.registerTool(
    'run_sql',
    {
      title: 'Run SQL',
      description: 'Runs one SQL statement on the operations database (tables: services, settings, customers).',
      inputSchema: z.object({ sql: z.string().min(1).max(20_000) }),
      outputSchema: sqlShape,
      annotations: { destructiveHint: true, openWorldHint: false },
    },
    async (given) => {
      await store.countExecution('run_sql', given);
      try {
        return answered({ ...(await store.runSql(given.sql)) });
      } catch (error) {
        return failed(`PostgreSQL refused: ${error instanceof Error ? error.message : 'unknown reason'}`);
      }
    },
  );
}

/** Sends a progress notification for every chunk of lines, when the caller asked for progress. */
async function readLogs(name: string, lines: number, context: ServerContext): Promise<string> {
  const { _meta: meta, notify, signal } = context.mcpReq;
  const token = meta?.progressToken;
  const read: string[] = [];
  const chunk = Math.ceil(lines / logChunks);
  while (read.length < lines && !signal.aborted) {
    for (let count = 0; count < chunk && read.length < lines; count += 1) read.push(sampleLogLine(name, read.length));
    if (token !== undefined) {
      const params = {
        progressToken: token,
        progress: read.length,
        total: lines,
        message: `read up to: ${read.at(-1) ?? ''}`,
      };
      await notify({ method: 'notifications/progress', params });
    }
    await sleep(logChunkMs);
  }
  return read.join('\n');
}

/** Structured content and, for older clients, the same as text (MCP 2025-06-18, structured content). */
function answered(structuredContent: Record<string, unknown>): CallToolResult {
  // Through JSON once, because rows may hold dates, which are no JSON values.
  const plain = JSON.parse(JSON.stringify(structuredContent)) as Record<string, unknown>;
  return { content: [{ type: 'text', text: JSON.stringify(plain, undefined, 2) }], structuredContent: plain };
}

function text(line: string): CallToolResult {
  return { content: [{ type: 'text', text: line }] };
}

function failed(line: string): CallToolResult {
  return { ...text(line), isError: true };
}

function unknownService(name: string): string {
  return `There is no service "${name}". Known are ${sampleServices.map((known) => known.name).join(', ')}.`;
}
