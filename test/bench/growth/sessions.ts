import { residentBytes } from '../processes.ts';
import { openSession, openStream } from './clients.ts';
import type { Curve } from './curve.ts';
import { costOfCalls, takeTurns, type Pace } from './turns.ts';
import type { Gateway, GrowthWorld } from './world.ts';

const openedAtOnce = 16;
const kib = 1024;
/** A few sessions more or less do not show in the memory of a process. */
const sessionsMin = 1_000;

/** What a call costs by the number of open sessions, half of them with a stream open, when all of them call in turn. */
export async function measureSessions(
  world: GrowthWorld,
  sizes: readonly number[],
  pace: Pace,
  say: (line: string) => void,
): Promise<Curve> {
  const gateways: Gateway[] = [];
  const turns = [];
  const bytesEach: number[] = [];
  const streams: { close(): void }[] = [];
  for (const size of sizes) {
    const gateway = await world.startGateway(await world.createDatabase(), (url) => configuration(world, url));
    const place = { path: '/bench/mcp', headers: await gateway.headers('bench') };
    // What the first sessions load is not what each of them takes.
    await inLanes(openedAtOnce, async () => void (await openSession(gateway.url, place)));
    const before = residentBytes(gateway.pid);
    const places = await inLanes(size, async (n) => {
      const opened = await openSession(gateway.url, place);
      if (n % 2 === 0) streams.push(await openStream(gateway.url, opened));
      return opened;
    });
    bytesEach.push((residentBytes(gateway.pid) - before) / size);
    say(`  ${size} sessions open`);
    gateways.push(gateway);
    turns.push({ target: { name: 'bench', url: gateway.url, pid: gateway.pid, places } });
  }
  const calls = await takeTurns(turns, world.postgresPid, pace, say);
  for (const stream of streams) stream.close();
  for (const gateway of gateways) await gateway.stop();
  return {
    name: 'Cost of a call by open sessions',
    of: 'open sessions, half of them with a stream',
    sizes,
    series: costOfCalls(calls),
    beside: {
      'KiB of memory a session': bytesEach.map((bytes, at) =>
        (sizes[at] ?? 0) < sessionsMin ? '-' : (bytes / kib).toFixed(1),
      ),
    },
  };
}

async function inLanes<T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let mine = next++; mine < count; mine = next++) done.push(await work(mine));
  };
  await Promise.all(Array.from({ length: Math.min(openedAtOnce, count) }, lane));
  return done;
}

function configuration(world: GrowthWorld, url: string): string {
  return `version: 1
publicUrl: ${url}
issuers: [{ issuer: "${world.issuer}" }]
connections: [{ name: bench, upstream: { url: "${world.upstream}" } }]
rules: [{ id: allow, match: { connection: bench, tool: answer, claims: { groups: bench } }, decision: allow }]
`;
}
