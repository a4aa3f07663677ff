import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compile } from '../compile.ts';
import { machineFacts } from '../machine.ts';

const results = 'test/bench/results';
const help = `npm run bench policy -- [options]

Times what policy does to a call: a decision with 10 and with 500 rules, and reading commands of 1 KB.

  --rounds N    how often each is done, 20000 unless told
`;
/** What is promised at the 99th percentile, in milliseconds. */
const goalMs = 0.5;
const baseline = 'digest of 1 KB';
const promised = ['decision, 500 rules', 'SQL of 1 KB, PostgreSQL', 'SQL of 1 KB, MySQL', 'shell of 1 KB'];

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface Row {
  readonly name: string;
  readonly clock: Quantiles;
  /** Processor time of the process. */
  readonly cpu: Quantiles;
}

/** `npm run bench policy`. */
export async function benchPolicy(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '20000' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return void process.stdout.write(help);
  compile();
  const printed = execFileSync(process.execPath, ['dist/test/bench/programs/policy.js'], {
    env: { ...process.env, ROUNDS: values.rounds },
    encoding: 'utf8',
  });
  const rows = JSON.parse(printed) as readonly Row[];
  const [machine, base] = [machineFacts(), rows.find(({ name }) => name === baseline)];
  process.stdout.write(`\n${cells('', ['p50 ms', 'p99 ms', 'cpu p50', 'cpu p99', 'of digest', ''])}`);
  for (const { name, clock, cpu } of rows) {
    const figures = [clock.p50, clock.p99, cpu.p50, cpu.p99].map((ms) => ms.toFixed(3));
    const ratio = (clock.p50 / (base?.clock.p50 ?? NaN)).toFixed(1);
    process.stdout.write(cells(name, [...figures, ratio, verdictOf(name, cpu.p99)]));
  }
  await mkdir(results, { recursive: true });
  await writeFile(`${results}/policy.json`, `${JSON.stringify({ machine, goalMs, rows }, null, 2)}\n`);
  process.stdout.write(`\nwritten to ${results}/policy.json\n`);
}

/** By processor time: the clock tells of the neighbours as well. */
function verdictOf(name: string, p99: number): string {
  if (!promised.includes(name)) return '';
  return p99 <= goalMs ? 'kept' : `over ${goalMs} ms`;
}

function cells(name: string, figures: readonly string[]): string {
  return `${name.padEnd(26)}${figures.map((figure) => figure.padStart(14)).join('')}\n`;
}
