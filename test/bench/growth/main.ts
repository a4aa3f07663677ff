import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { compile } from '../compile.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { measureConnections } from './connections.ts';
import { isFlat, tell, type Curve } from './curve.ts';
import { measureEntries } from './entries.ts';
import { measureRules } from './rules.ts';
import { measureSessions } from './sessions.ts';
import { draw } from './svg.ts';
import type { Pace } from './turns.ts';
import { startGrowthWorld, type GrowthWorld } from './world.ts';

const results = 'test/bench/results';
const help = `npm run bench growth -- [options]

Says what a call costs by how much there is of everything else, and draws it: ${results}/growth-*.svg.

  --only LIST           some of entries,rules,connections,sessions
  --entries LIST        entries in the ledger, 1000,10000,100000,1000000,10000000 unless told
  --rules LIST          rules of the policy, 10,100,1000,5000 unless told
  --connections LIST    configured connections, 1,10,100,1000 unless told
  --sessions LIST       open sessions, 1,10,100,1000,2000 unless told
  --seconds N           of each measurement, 2 unless told
  --rounds N            how often the sizes take turns, 4 unless told
`;

type Measure = (
  world: GrowthWorld,
  sizes: readonly number[],
  pace: Pace,
  say: (line: string) => void,
) => Promise<Curve>;

const curves: Readonly<Record<string, Measure>> = {
  entries: measureEntries,
  rules: measureRules,
  connections: measureConnections,
  sessions: measureSessions,
};

/** `npm run bench growth`. */
export async function benchGrowth(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: Object.keys(curves).join(',') },
      entries: { type: 'string', default: '1000,10000,100000,1000000,10000000' },
      rules: { type: 'string', default: '10,100,1000,5000' },
      connections: { type: 'string', default: '1,10,100,1000' },
      sessions: { type: 'string', default: '1,10,100,1000,2000' },
      seconds: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '4' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const wanted = values.only.split(',').map((name) => {
    const measureCurve = curves[name];
    const sizes = String((values as Readonly<Record<string, string | boolean>>)[name])
      .split(',')
      .map(Number);
    if (measureCurve === undefined || !sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
      process.stderr.write(`"${name}" with sizes ${sizes.join(', ')} cannot be measured. --help has what can.\n`);
      process.exit(1);
    }
    return { name, measureCurve, sizes };
  });
  const pace: Pace = { rounds: Number(values.rounds), seconds: Number(values.seconds), inFlight: 8 };
  compile();
  const began = performance.now();
  const world = await startGrowthWorld();
  const measured: Record<string, Curve> = {};
  try {
    for (const { name, measureCurve, sizes } of wanted) {
      say(`${name} …`);
      const curve = await untilInterrupted(measureCurve(world, sizes, pace, say));
      measured[name] = curve;
      process.stdout.write(`${tell(curve)}\n`);
      await save(name, curve, measured);
    }
  } finally {
    await world.stop();
  }
  say(
    `written to ${results}/growth-*.svg and growth.json, after ${((performance.now() - began) / 60_000).toFixed(1)} minutes`,
  );
}

async function save(name: string, curve: Curve, measured: Readonly<Record<string, Curve>>): Promise<void> {
  await mkdir(results, { recursive: true });
  await writeFile(`${results}/growth-${name}.svg`, draw(curve));
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model };
  const promised = Object.values(measured).flatMap(({ series }) => series.filter((each) => each.promised));
  const flat = promised.filter(({ values }) => values.some(Number.isFinite)).every(isFlat);
  await writeFile(`${results}/growth.json`, `${JSON.stringify({ machine, flat, curves: measured }, null, 2)}\n`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
