import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startWorld, type World } from '../../../infra/dev/world.ts';
import { machineFacts } from '../machine.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { decideSome } from './decide.ts';
import { expiringConfiguration, measureExpiry } from './expire.ts';
import { openHolds, type Deadline } from './open.ts';
import { useOfPrograms, type Use } from './programs.ts';
import { quantiles } from './quantiles.ts';
import { costOfEach, showResults, type HoldsResults, type Size } from './results.ts';
import { HoldsWorld } from './world.ts';

const help = `npm run bench holds -- [options]

Opens many calls that wait for an approval, decides some while the others wait, restarts everything, decides some more,
and lets further ones expire at one moment. Says what a waiting call costs and how soon one is decided; also written to
test/bench/results/holds.json.

  --pending N     how many calls wait, 50000 unless told
  --decisions N   how many of them are decided, one after another, before and after the restart; 200 unless told
  --expiring N    how many further calls expire at once, 2000 unless told
  --minutes N     gives up after so long, 90 unless told
`;

const results = 'test/bench/results';
const meanwhileMax = 10;
/** Also in this order: whoever is needed first is back first. */
const restarted = ['temporal', 'worker', 'gateway', 'slackApp'] as const;

interface Plan {
  readonly pending: number;
  readonly decisions: number;
  readonly expiring: number;
  readonly deadline: Deadline;
}

/** `npm run bench holds`: one whole product, real in every part. */
export async function benchHolds(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pending: { type: 'string', default: '50000' },
      decisions: { type: 'string', default: '200' },
      expiring: { type: 'string', default: '2000' },
      minutes: { type: 'string', default: '90' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const plan: Plan = {
    pending: positive('pending', values.pending),
    decisions: positive('decisions', values.decisions),
    expiring: positive('expiring', values.expiring),
    deadline: deadlineAfter(positive('minutes', values.minutes)),
  };
  if (plan.pending < 2 * plan.decisions + meanwhileMax) {
    throw new Error(
      `--pending must be at least ${2 * plan.decisions + meanwhileMax}: twice --decisions, and some more.`,
    );
  }
  const home = await mkdtemp(join(tmpdir(), 'countersign-holds-'));
  const configFile = join(home, 'holds.yaml');
  await writeFile(configFile, configuration(plan.expiring));
  say('Starting the product …');
  const world = await startWorld({ portBase: 19_400, home, configFile, onProgress: warn });
  try {
    const measured = await untilInterrupted(run(world, home, plan));
    for (const line of showResults(measured)) say(line);
    await mkdir(results, { recursive: true });
    await writeFile(`${results}/holds.json`, `${JSON.stringify(measured, null, 2)}\n`);
    say(`written to ${results}/holds.json`);
  } finally {
    await world.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function run(world: World, home: string, plan: Plan): Promise<HoldsResults> {
  const { pending, decisions, expiring, deadline } = plan;
  const machine = machineFacts();
  const holds = new HoldsWorld(world);
  const before = { use: useOfPrograms(world), disk: await diskBytes(holds, home) };
  say(`Opening ${pending} calls, each with its case, record and card …`);
  const opened = await openHolds(holds, { count: pending, connection: () => 'holds', deadline, say });
  const after = { use: useOfPrograms(world), disk: await diskBytes(holds, home) };
  say(`Deciding ${decisions} of them, while the others wait …`);
  const warm = await decideSome(holds, opened.tasks.slice(0, decisions));
  const restart = await restartAll(world, holds, pending - decisions, deadline);
  say(`Deciding ${decisions} more …`);
  const cold = await decideSome(holds, opened.tasks.slice(decisions, 2 * decisions));
  const meanwhile = opened.tasks.slice(2 * decisions, 2 * decisions + meanwhileMax);
  say(`Opening ${expiring} calls that expire at the same moment …`);
  const expiry = await measureExpiry(holds, { count: expiring, meanwhile, deadline, say });
  return {
    machine,
    pending,
    opening: {
      seconds: opened.seconds,
      cardsAfterSeconds: opened.cardsAfterSeconds,
      perSecond: pending / opened.cardsAfterSeconds,
      cpuMsPerHold: costOfEach(cpu(before.use), cpu(after.use), pending),
    },
    size: sizes(before, after, pending),
    decisionMs: { whileOthersWait: quantiles(warm), afterTheRestart: quantiles(cold) },
    restart,
    expiry,
  };
}

/** Restarts all that holds something of a case, PostgreSQL apart; every case must be there afterwards. */
async function restartAll(
  world: World,
  holds: HoldsWorld,
  expected: number,
  deadline: Deadline,
): Promise<HoldsResults['restart']> {
  say(`Restarting ${restarted.join(', ')} while ${expected} wait …`);
  const began = performance.now();
  for (const name of restarted) await world.restart(name);
  const seconds = (performance.now() - began) / 1_000;
  for (;;) {
    const open = await holds.openCases();
    if (open.postgres === expected && open.temporal === expected) return { seconds, openCases: open };
    if (open.postgres < expected) throw new Error(`${open.postgres} of ${expected} cases are left after the restart.`);
    // Temporal's list of workflows is a moment behind its workflows.
    deadline.check(`counting the cases after the restart; ${JSON.stringify(open)} of ${expected} are open`);
    await holds.pause();
  }
}

interface Sight {
  readonly use: Readonly<Record<string, Use>>;
  readonly disk: Readonly<Record<string, number>>;
}

/** Memory of our three programs, and what the two databases hold on disk. */
function sizes(before: Sight, after: Sight, pending: number): Record<string, Size> {
  const of = (now: number, then: number): Size => ({ bytes: now, bytesPerHold: Math.round((now - then) / pending) });
  const found: Record<string, Size> = {};
  for (const name of ['gateway', 'worker', 'slackApp']) {
    found[`${name}, memory`] = of(after.use[name]?.residentBytes ?? NaN, before.use[name]?.residentBytes ?? NaN);
  }
  for (const [name, bytes] of Object.entries(after.disk)) found[`${name}, disk`] = of(bytes, before.disk[name] ?? NaN);
  return found;
}

function cpu(use: Readonly<Record<string, Use>>): Record<string, number> {
  return Object.fromEntries(Object.entries(use).map(([name, { cpuMs }]) => [name, cpuMs]));
}

async function diskBytes(holds: HoldsWorld, home: string): Promise<Record<string, number>> {
  return { temporal: await fileBytes(join(home, 'data/temporal/temporal.db')), postgres: await holds.databaseBytes() };
}

/** SQLite keeps what is new beside its file. */
async function fileBytes(path: string): Promise<number> {
  const all = await Promise.all([path, `${path}-wal`].map((each) => stat(each).catch(() => undefined)));
  return all.reduce((sum, each) => sum + (each?.size ?? 0), 0);
}

function deadlineAfter(minutes: number): Deadline {
  const until = performance.now() + minutes * 60_000;
  return {
    check: (doing) => {
      if (performance.now() < until) return;
      throw new Error(
        `${minutes} minutes are over while ${doing}. Give it longer with --minutes, or less with --pending.`,
      );
    },
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1.`);
  return value;
}

/** A program that dies by itself spoils what is measured. */
function warn({ kind, ...progress }: { readonly kind: string; readonly name?: string; readonly text?: string }): void {
  if (kind === 'crashed') say(`  ${progress.name ?? ''} died: ${progress.text ?? ''}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function configuration(expiringCount: number): string {
  const expiring = expiringConfiguration(expiringCount);
  return `version: 1
connections:
  - name: holds
    upstream: { url: env:OPS_URL, credential: { bearer: env:OPS_MCP_TOKEN } }
${expiring.connections}
limits: [{ id: as-many-as-are-measured, openApprovals: unlimited }]
rules:
  - id: holds-need-sre
    match: { connection: holds, tool: apply_config, claims: { groups: deployers } }
    decision: require_approval
    approval: { groups: [sre], quorum: 1, expires: 12h, grant: 12h }
${expiring.rules}
`;
}
