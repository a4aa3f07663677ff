import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measure, type Measurement, type Target } from './load.ts';
import { setUp } from './setup.ts';

const inFlightSteps = [1, 32];
const help = `npm run bench -- [options]

  --seconds N   of each measurement, 4 unless told
  --rounds N    how often the targets take turns, 3 unless told
`;

interface Row {
  readonly target: string;
  readonly inFlight: number;
  readonly best: Measurement;
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
process.stdout.write('Compiling what production runs …\n');
execFileSync(process.execPath, ['--import', 'tsx', 'infra/docker/build.ts'], { stdio: 'inherit' });
process.stdout.write('Starting an MCP server, a floor relay and a gateway with its own PostgreSQL …\n');
const bench = await setUp();
try {
  const rows: Row[] = [];
  for (const inFlight of inFlightSteps) {
    rows.push(...(await compare(bench.targets, inFlight, Number(values.rounds), Number(values.seconds))));
  }
  print(rows);
  await save(rows);
} finally {
  await bench.stop();
}
process.exit(0);

/** Targets take turns, and each keeps its best round: what disturbs a machine only ever slows it down. */
async function compare(targets: readonly Target[], inFlight: number, rounds: number, seconds: number): Promise<Row[]> {
  for (const target of targets) await measure(target, inFlight, 1);
  const best = new Map<string, Measurement>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const target of targets) {
      process.stdout.write(`  ${inFlight} in flight, round ${round} of ${rounds}: ${target.name}\n`);
      const measured = await measure(target, inFlight, seconds);
      const before = best.get(target.name);
      if (before === undefined || measured.callsPerSecond > before.callsPerSecond) best.set(target.name, measured);
    }
  }
  return [...best].map(([target, measurement]) => ({ target, inFlight, best: measurement }));
}

function print(rows: readonly Row[]): void {
  process.stdout.write(
    `\n${'target'.padEnd(10)}${'in flight'.padStart(10)}${'p50 ms'.padStart(10)}${'p99 ms'.padStart(10)}`,
  );
  process.stdout.write(`${'calls/s'.padStart(10)}${'of floor'.padStart(10)}${'of direct'.padStart(10)}\n`);
  for (const { target, inFlight, best } of rows) {
    const of = (name: string): string => {
      const other = rows.find((row) => row.target === name && row.inFlight === inFlight)?.best.callsPerSecond ?? NaN;
      return (best.callsPerSecond / other).toFixed(2);
    };
    const figures = [
      best.p50.toFixed(2),
      best.p99.toFixed(2),
      best.callsPerSecond.toFixed(0),
      of('floor'),
      of('direct'),
    ];
    const cells = [String(inFlight), ...figures].map((cell) => cell.padStart(10));
    process.stdout.write(`${target.padEnd(10)}${cells.join('')}\n`);
  }
}

async function save(rows: readonly Row[]): Promise<void> {
  await mkdir('test/bench/results', { recursive: true });
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model };
  await writeFile('test/bench/results/latest.json', `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  process.stdout.write('\nwritten to test/bench/results/latest.json\n');
}
