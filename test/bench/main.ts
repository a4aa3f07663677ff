import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compile } from './compile.ts';
import { measure, type Measurement, type Target } from './load.ts';
import { machineFacts } from './machine.ts';
import { setUp } from './setup.ts';
import { untilInterrupted } from './until-interrupted.ts';

const inFlightSteps = [1, 32];
/** Long enough for V8 to have compiled what is hot, as in a server that has run for a while. */
const warmUp = { inFlight: 32, seconds: 4 };
const columns = ['in flight', 'p50 ms', 'p99 ms', 'calls/s', 'cpu ms', 'of floor', 'of mcpproxyd'];
const results = 'test/bench/results';
const help = `npm run bench -- [options]
npm run bench holds -- --help
npm run bench growth -- --help
npm run bench policy -- --help

  --seconds N   of each measurement, 4 unless told
  --rounds N    how often the targets take turns, 3 unless told
  --parts       also measures the gateway with steps left out, for the cost of each
  --workflow    also measures calls whose policy says \`record: workflow\`, on a Temporal dev server
  --profile     writes a CPU profile of the gateway to ${results}
`;

interface Row {
  readonly target: string;
  readonly inFlight: number;
  /** Of the best round. */
  readonly best: Measurement;
  /** Of all rounds, in milliseconds. */
  readonly cpu: number;
}

if (process.argv[2] === 'holds') {
  await (await import('./holds/main.ts')).benchHolds(process.argv.slice(3));
  process.exit(0);
}
if (process.argv[2] === 'growth') {
  await (await import('./growth/main.ts')).benchGrowth(process.argv.slice(3));
  process.exit(0);
}
if (process.argv[2] === 'policy') {
  await (await import('./policy/main.ts')).benchPolicy(process.argv.slice(3));
  process.exit(0);
}
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    parts: { type: 'boolean', default: false },
    workflow: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
compile();
process.stdout.write('Starting an MCP server, relays and a gateway with its own PostgreSQL …\n');
const bench = await setUp({
  parts: values.parts,
  workflow: values.workflow,
  profileFolder: values.profile ? results : undefined,
});
try {
  await untilInterrupted(measureAll());
} finally {
  await bench.stop();
}
process.exit(0);

async function measureAll(): Promise<void> {
  const rows: Row[] = [];
  process.stdout.write('Warming them up …\n');
  for (const target of bench.targets) await measure(target, warmUp.inFlight, warmUp.seconds);
  for (const inFlight of inFlightSteps) {
    const targets = bench.targets.filter(({ twin }) => twin === undefined || inFlight > 1);
    rows.push(...(await compare(targets, inFlight, Number(values.rounds), Number(values.seconds))));
  }
  print(rows);
  await save(rows);
}

/**
 * Targets take turns. Of the clock each keeps its best round, since what disturbs a machine only ever slows it down; of
 * processor time the mean, since nobody else can add to it.
 */
async function compare(targets: readonly Target[], inFlight: number, rounds: number, seconds: number): Promise<Row[]> {
  const measured = new Map<string, Measurement[]>(targets.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    process.stdout.write(`  ${inFlight} in flight, round ${round} of ${rounds}\n`);
    for (const target of targets) measured.get(target.name)?.push(await measure(target, inFlight, seconds));
  }
  return [...measured].map(([target, all]) => {
    const calls = all.reduce((sum, one) => sum + one.calls, 0);
    const cpu = all.reduce((sum, one) => sum + one.cpu * one.calls, 0) / calls;
    const best = all.reduce((a, b) => (b.callsPerSecond > a.callsPerSecond ? b : a));
    return { target, inFlight, best, cpu };
  });
}

function print(rows: readonly Row[]): void {
  const cells = (name: string, figures: readonly string[]): string =>
    `${name.padEnd(10)}${figures.map((figure) => figure.padStart(13)).join('')}\n`;
  process.stdout.write(`\n${cells('target', columns)}`);
  for (const row of rows) {
    const { target, inFlight, best, cpu } = row;
    process.stdout.write(
      cells(target, [
        String(inFlight),
        best.p50.toFixed(2),
        best.p99.toFixed(2),
        best.callsPerSecond.toFixed(0),
        cpu.toFixed(3),
        ratio(rows, row, 'floor'),
        ratio(rows, row, 'mcpproxyd'),
      ]),
    );
  }
}

/** Calls a second, of what the other target does with as many in flight. */
function ratio(rows: readonly Row[], { inFlight, best }: Row, other: string): string {
  const measure = rows.find((row) => row.target === other && row.inFlight === inFlight);
  return measure === undefined ? '-' : (best.callsPerSecond / measure.best.callsPerSecond).toFixed(2);
}

async function save(rows: readonly Row[]): Promise<void> {
  await mkdir(results, { recursive: true });
  await writeFile(`${results}/latest.json`, `${JSON.stringify({ machine: machineFacts(), rows }, null, 2)}\n`);
  process.stdout.write(`\nwritten to ${results}/latest.json\n`);
}
