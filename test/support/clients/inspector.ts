import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolResult } from '../caller.ts';
import { installLocked } from '../locked-install.ts';
import { nodeTwentyTwo } from '../node-22.ts';
import { runClient, type Ended } from './child.ts';
import { seenError, seenResult, type RealClient, type Seen } from './real-client.ts';

const entry = '@modelcontextprotocol/inspector/clients/launcher/build/index.js';
/** The Inspector's exit code when the tool's result is an error, which it prints all the same. */
const toolErrorCode = 5;

/** What a loaded machine needs to start the program, connect and list the tools. */
const startMsMax = 12_000;

/**
 * The MCP Inspector on the command line; `legacy` is its own default, and `modern` declares the Tasks extension. Its
 * clock of 60 s cannot be set, so a shorter one is the user's: the program is killed, as `timeout` does in a script.
 */
export function inspector(era: 'legacy' | 'modern'): RealClient {
  return {
    name: `Inspector CLI, ${era}`,
    call: async ({ url, token, tool, arguments: args, timeoutMs }) => {
      const { node, program } = await installInspector((line) => void process.stdout.write(`${line}\n`));
      const home = await mkdtemp(join(tmpdir(), 'countersign-inspector-'));
      try {
        const config = join(home, 'mcp.json');
        const server = {
          type: 'streamable-http',
          url,
          headers: { Authorization: `Bearer ${token}` },
          protocolEra: era,
        };
        await writeFile(config, JSON.stringify({ mcpServers: { gateway: server } }), { mode: 0o600 });
        const flags = ['--cli', '--config', config, '--server', 'gateway', '--method', 'tools/call'];
        const what = ['--tool-name', tool, '--tool-args-json', JSON.stringify(args), '--format', 'json'];
        const limit = timeoutMs === undefined ? {} : { msMax: startMsMax + timeoutMs };
        return seen(await runClient(node, [program, ...flags, ...what], { env: { HOME: home }, ...limit }));
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    },
  };
}

function seen({ code, stdout, stderr }: Ended): Seen {
  if (code === null) return seenError('killed: its user’s time ran out');
  if (code !== 0 && code !== toolErrorCode) return seenError(stderr.trim());
  const printed = JSON.parse(stdout) as { result?: ToolResult } & ToolResult;
  return seenResult(printed.result ?? printed);
}

let installed: Promise<{ node: string; program: string }> | undefined;

/** The Inspector and a Node that is new enough for it, fetched at the first call. */
export function installInspector(say: (line: string) => void): Promise<{ node: string; program: string }> {
  installed ??= install(say);
  return installed;
}

async function install(say: (line: string) => void): Promise<{ node: string; program: string }> {
  try {
    const [node, modules] = [await nodeTwentyTwo(say), await installLocked('test/support/clients/inspector', say)];
    return { node, program: join(modules, entry) };
  } catch (error) {
    throw new Error(
      `The MCP Inspector, a client of these tests, could not be installed with npm (${String(error)}). ` +
        'See that npm can reach its registry, and run the tests again.',
      { cause: error },
    );
  }
}
