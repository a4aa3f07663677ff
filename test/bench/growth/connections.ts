import { residentBytes } from '../processes.ts';
import { series, type Curve } from './curve.ts';
import { listTools } from './clients.ts';
import { costOfCalls, takeTurns, type Pace } from './turns.ts';
import type { Gateway, GrowthWorld } from './world.ts';

const mib = 1024 * 1024;

/** What a call costs by the number of configured connections, when calls go to all of them in turn. */
export async function measureConnections(
  world: GrowthWorld,
  sizes: readonly number[],
  pace: Pace,
  say: (line: string) => void,
): Promise<Curve> {
  const gateways: Gateway[] = [];
  const turns = [];
  for (const size of sizes) {
    const gateway = await world.startGateway(await world.createDatabase(), (url) => configuration(world, url, size));
    const names = Array.from({ length: size }, (_, n) => nameOf(n));
    const places = [];
    for (const name of names) places.push({ path: `/${name}/mcp`, headers: await gateway.headers(name) });
    for (const place of places) await listTools(gateway.url, place);
    gateways.push(gateway);
    turns.push({ target: { name: 'bench', url: gateway.url, pid: gateway.pid, places } });
  }
  const memory = gateways.map(({ pid }) => residentBytes(pid));
  const calls = await takeTurns(turns, world.postgresPid, pace, say);
  const after = gateways.map(({ pid }) => residentBytes(pid));
  for (const gateway of gateways) await gateway.stop();
  return {
    name: 'Cost of a call by configured connections',
    of: 'connections, all of them called in turn',
    sizes,
    series: [
      ...costOfCalls(calls),
      series(
        'start, ms',
        gateways.map(({ startMs }) => startMs),
        false,
      ),
    ],
    beside: {
      'gateway, MiB idle': memory.map((bytes) => (bytes / mib).toFixed(0)),
      'gateway, MiB in use': after.map((bytes) => (bytes / mib).toFixed(0)),
    },
  };
}

function nameOf(n: number): string {
  return `server-${n}`;
}

/** Each with a credential of its own, since those are looked for in every answer. */
function configuration(world: GrowthWorld, url: string, connections: number): string {
  const each = Array.from(
    { length: connections },
    (_, n) => `  - name: ${nameOf(n)}
    upstream: { url: "${world.upstream}", credential: { bearer: "made-up-credential-of-server-${n}" } }`,
  );
  return `version: 1
publicUrl: ${url}
issuers: [{ issuer: "${world.issuer}" }]
connections:
${each.join('\n')}
rules: [{ id: allow, match: { tool: answer, claims: { groups: bench } }, decision: allow }]
`;
}
