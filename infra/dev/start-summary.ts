import { relative } from 'node:path';
import { SAMPLE_CALLER } from './sample-call.ts';
import type { WorldFile } from './world-file.ts';

/** What a person needs to know of a world that has just started. `path` is that of the world file. */
export function renderSummary(world: WorldFile, path: string, cardStands: boolean): string {
  const client = world.issuer.clients[SAMPLE_CALLER];
  const ops = world.connections['ops'] ?? '';
  const here = nearby(path);
  const connections = Object.entries(world.connections).map(([name, url]) => row(`  ${name}`, url));
  const sample = cardStands
    ? [
        'A call is waiting for you',
        `  ${SAMPLE_CALLER} wants to change the limit of the payments service. Its card stands in the Slack stand-in:`,
        `  open ${world.slackSim.url}, act as sre-1 and press Approve. The answer appears here.`,
      ]
    : [
        'The sample call has no card yet',
        `  It was placed, but the Slack stand-in shows nothing so far. The logs in ${nearby(world.logs)} say why.`,
      ];
  return [
    '',
    'Countersign is up',
    ...section('Point an MCP client at', connections),
    ...section('Look at', [
      row('  Slack stand-in', world.slackSim.url),
      row('  Temporal', `${world.temporal.ui}/namespaces/${world.temporal.namespace}/workflows`),
      row('  PostgreSQL', world.postgres.url),
      row('  logs', nearby(world.logs)),
      row('  all of this as JSON', here),
    ]),
    ...section('Get a token and make a call', [
      `  TOKEN=$(curl -s -u '${client?.id ?? ''}:${client?.secret ?? ''}' ${world.issuer.tokenEndpoint} \\`,
      `    -d grant_type=client_credentials -d resource=${ops} \\`,
      `    | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
      `  curl -s ${ops} -H "Authorization: Bearer $TOKEN" \\`,
      `    -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\`,
      `    -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H 'Mcp-Name: get_config' \\`,
      `    -d '${JSON.stringify(exampleRequest)}'`,
    ]),
    '',
    ...sample,
    '',
    'Ctrl-C stops everything; the data stays for the next start.',
    '',
  ].join('\n');
}

/** A 2026-07-28 request stands alone, so one curl is a whole conversation. */
const exampleRequest = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name: 'get_config',
    arguments: { service: 'payments' },
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
} as const;

/** Relative where that is shorter to read. */
function nearby(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith('..') ? path : inside;
}

const labelWidth = 24;

function row(label: string, value: string): string {
  return `${label.padEnd(labelWidth)}${value}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, ...lines];
}
