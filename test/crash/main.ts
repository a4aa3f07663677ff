import { parseArgs } from 'node:util';
import { createRounds, emptyTally, type Tally } from './rounds.ts';
import { setStage, type Stage } from './stage.ts';
import { isEnd } from './witness.ts';

const help = `npm run crash -- [options]

Brings the whole product up with two gateways, puts mixed load on it, and kills its programs: first once at each named
failpoint, then by chance at failpoints and at any moment, one or two at a time. After each round it compares what
callers saw with the ledger, Temporal and the sample server's own counter. Ends with 1 when a promise was broken.

  --rounds N    how many; 40 unless told
  --seed N      says which blows and calls there are; 1 unless told
  --from N      starts with this round of the seed, to see one again
  --minutes N   stops after so many minutes, even when there are rounds left
  --help        prints this
`;

const now = (): number => Date.now();
const stopping = new AbortController();
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) process.once(event, () => stopping.abort());
process.exit(await main(process.argv.slice(2)));

interface Options {
  readonly rounds: number;
  readonly seed: number;
  readonly from: number;
  readonly minutes: number;
}

async function main(args: readonly string[]): Promise<number> {
  let options: Options | undefined;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(help);
    return 0;
  }
  say('Starting the product with two gateways …');
  const stage = await setStage(say, now, stopping.signal);
  let code = 1;
  try {
    code = await run(stage, options);
  } finally {
    await stage.stop({ keep: code !== 0 });
  }
  return code;
}

async function run(stage: Stage, { rounds, seed, from, minutes }: Options): Promise<number> {
  const began = now();
  const tally = emptyTally(seed);
  const { play, finish } = createRounds(stage, tally, { say, now, stopping: stopping.signal });
  for (let round = from; round < from + rounds && !stopping.signal.aborted; round += 1) {
    if (now() - began > minutes * 60_000) break;
    await play(round);
  }
  if (!stopping.signal.aborted) await finish();
  return conclude(stage, tally, (now() - began) / 1_000);
}

function conclude({ armoury, witness }: Stage, tally: Tally, seconds: number): number {
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, times]) => `${name} ${String(times)}`)
      .join(', ');
  const { neverPassed } = armoury;
  say(`
${String(tally.rounds)} rounds of seed ${String(tally.seed)} in ${seconds.toFixed(0)} s, ${String(witness.entries.length)} ledger entries
  died:       ${list(tally.blows)}
  failpoints: ${list(armoury.hits)}
  not passed: ${neverPassed.join(', ') || 'none'}
  callers:    ${list(tally.errands)}
  longest:    a caller waited ${inSeconds(tally.longestWaitMs)}; nobody was killed for ${inSeconds(tally.longestRestMs)}
  ledger:     ${list(ends(witness))}
  violations: ${String(tally.violations.size)}`);
  for (const sentence of tally.violations) say(`    ${sentence}`);
  return tally.violations.size === 0 ? 0 : 1;
}

/** How many calls ended how; of those that ended otherwise than by an answer, also how they were judged and why. */
function ends({ entries, byCall }: Stage['witness']): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, outcome, callId, why } of entries.filter(isEnd)) {
    const verdict = byCall.get(callId ?? '')?.find((entry) => entry.kind === 'request.received')?.outcome;
    const name = kind === 'call.closed' ? [outcome, verdict, why].filter(Boolean).join('/') : (outcome ?? kind);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** Undefined when only help is asked for. Throws with one sentence. */
function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '40' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '600' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (name: 'rounds' | 'seed' | 'from' | 'minutes'): number => {
    if (!/^[1-9]\d*$/.test(values[name])) throw new Error(`--${name} takes a number from 1, not "${values[name]}".`);
    return Number(values[name]);
  };
  return { rounds: number('rounds'), seed: number('seed'), from: number('from'), minutes: number('minutes') };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
