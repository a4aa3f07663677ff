import { Client, StreamableHTTPClientTransport, type Tool } from '@modelcontextprotocol/client';

/**
 * The client under test: an unmodified SDK client that uses everything the server offers. The suite runs it with the
 * URL of its server as the last argument and names the scenario in its environment. An argument before that is the
 * URL of the runner, which is then asked for another URL to the same server: the one through the gateway.
 */
interface Scenario {
  readonly name: string;
  /** Tool → arguments, where the scenario wants particular ones. */
  readonly toolCalls: ReadonlyMap<string, Record<string, unknown>>;
  readonly modern: boolean;
}

const given = process.argv.slice(2);
const serverUrl = given.at(-1);
if (serverUrl === undefined) throw new Error('The suite passes the URL of its server as the last argument.');
const [runner] = given.slice(0, -1);
await useEverything(runner === undefined ? serverUrl : await askForUrl(runner, serverUrl), readScenario(process.env));

/** The runner connects the gateway to this server before it answers. */
async function askForUrl(runner: string, upstream: string): Promise<string> {
  const response = await fetch(runner, { method: 'POST', body: upstream });
  if (!response.ok) throw new Error(`The runner did not connect the gateway: ${await response.text()}`);
  return response.text();
}

async function useEverything(url: string, scenario: Scenario): Promise<void> {
  const client = new Client(
    { name: 'conformance-client', version: '1.0.0' },
    {
      capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} },
      versionNegotiation: { mode: scenario.modern ? 'auto' : 'legacy' },
    },
  );
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const offered = client.getServerCapabilities();
  const { tools } = await client.listTools();
  for (const tool of tools) {
    await client.callTool({ name: tool.name, arguments: argumentsFor(tool, tools, scenario) });
  }
  if (offered?.resources !== undefined) {
    for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri });
  }
  if (offered?.prompts !== undefined) {
    for (const { name } of (await client.listPrompts()).prompts) await client.getPrompt({ name });
  }
  await client.close();
}

function argumentsFor(tool: Tool, tools: readonly Tool[], scenario: Scenario): Record<string, unknown> {
  const particular = scenario.toolCalls.get(tool.name);
  if (particular !== undefined) return particular;
  // This scenario compares what a client has left of a schema, and so has it sent back.
  if (scenario.name === 'json-schema-2020-12-preservation') {
    const other = tools.find(({ name }) => name !== tool.name);
    return tool.inputSchema.properties?.['schema'] === undefined ? {} : { schema: other?.inputSchema };
  }
  const required = tool.inputSchema.required ?? [];
  return Object.fromEntries(required.map((name) => [name, sampleOf(tool.inputSchema.properties?.[name])]));
}

function sampleOf(schema: unknown): unknown {
  const type = typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : undefined;
  switch (type) {
    case 'number':
    case 'integer':
      return 5;
    case 'boolean':
      return true;
    case 'object':
      return {};
    case 'array':
      return [];
    default:
      return 'sample';
  }
}

function readScenario(env: NodeJS.ProcessEnv): Scenario {
  const context = JSON.parse(env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as {
    readonly toolCalls?: readonly { readonly name: string; readonly arguments: Record<string, unknown> }[];
  };
  return {
    name: env['MCP_CONFORMANCE_SCENARIO'] ?? '',
    toolCalls: new Map((context.toolCalls ?? []).map((call) => [call.name, call.arguments])),
    modern: (env['MCP_CONFORMANCE_PROTOCOL_VERSION'] ?? '') >= '2026-07-28',
  };
}
