import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startWorld, type World } from '../../../infra/dev/world.ts';
import { decideSome } from './decide.ts';
import { measureExpiry } from './expire.ts';
import { openHolds } from './open.ts';
import { residentBytes } from './resident.ts';
import { HoldsWorld } from './world.ts';

const help = `npm run bench -- holds [options]

Opens many calls that wait for an approval, restarts everything while they wait, decides some of them and lets others
expire. Says what a waiting call costs, and how soon a decision is applied while all the others wait.

  --pending N     how many calls wait, 50000 unless told (about 15 minutes on two cores)
  --decisions N   how many of them are decided, one after another, 200 unless told
  --expiring N    how many further calls expire at once, 2000 unless told
`;

const mib = 1024 * 1024;
const programs = ['gateway', 'worker', 'slackApp'] as const;

/** `npm run bench -- holds`: one whole product, real in every part. */
export async function benchHolds(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pending: { type: 'string', default: '50000' },
      decisions: { type: 'string', default: '200' },
      expiring: { type: 'string', default: '2000' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const home = await mkdtemp(join(tmpdir(), 'countersign-holds-'));
  const configFile = join(home, 'holds.yaml');
  await writeFile(configFile, configuration);
  say('Starting the product …');
  const world = await startWorld({ portBase: 19_400, home, configFile });
  try {
    await run(world, home, Number(values.pending), Number(values.decisions), Number(values.expiring));
  } finally {
    await world.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function run(world: World, home: string, pending: number, decisions: number, expiring: number): Promise<void> {
  const holds = new HoldsWorld(world);
  const before = await sizes(world, home);
  const opened = await openHolds(holds, 'holds', pending, say);
  say(`${pending} calls wait; opened ${(pending / opened.seconds).toFixed(0)} a second.`);
  await holds.untilCardsStand(pending, say);
  const after = await sizes(world, home);
  for (const [name, bytes] of Object.entries(after)) {
    const each = (bytes - (before[name] ?? 0)) / pending;
    say(
      `  ${name.padEnd(22)} ${(bytes / mib).toFixed(0).padStart(6)} MiB   ${each.toFixed(0).padStart(7)} bytes a hold`,
    );
  }
  const quiet = await decideSome(holds, opened.tasks.slice(0, decisions), say);
  say('Restarting Temporal, the worker, the gateway and slack-app while they wait …');
  const began = performance.now();
  for (const name of ['temporal', 'worker', 'gateway', 'slackApp']) await world.restart(name);
  say(`  all back after ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  const alive = await holds.openApprovals();
  const expected = pending - quiet.length;
  if (alive !== expected) throw new Error(`${alive} of ${expected} approvals are left after the restart`);
  say(`  all ${alive} approvals are open still`);
  const cold = await decideSome(holds, opened.tasks.slice(decisions, 2 * decisions), say);
  report('decision → recorded answer', quiet);
  report('the same, after the restart', cold);
  await measureExpiry(holds, expiring, say);
}

function report(what: string, latencies: readonly number[]): void {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(0);
  say(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, of ${sorted.length}`);
}

/** Resident memory of our programs, and what the two databases hold on disk. */
async function sizes(world: World, home: string): Promise<Record<string, number>> {
  const { pids, postgres } = world.file();
  const found: Record<string, number> = {};
  for (const name of programs) found[name] = await residentBytes(pids[name][0]);
  found['Temporal, on disk'] = await fileBytes(join(home, 'data/temporal/temporal.db'));
  found['PostgreSQL, on disk'] = await HoldsWorld.databaseBytes(postgres.url);
  return found;
}

/** SQLite keeps what is new beside its file. */
async function fileBytes(path: string): Promise<number> {
  const all = await Promise.all([path, `${path}-wal`].map((each) => stat(each).catch(() => undefined)));
  return all.reduce((sum, each) => sum + (each?.size ?? 0), 0);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const configuration = `version: 1
connections:
  - name: holds
    upstream: { url: env:OPS_URL, credential: { bearer: env:OPS_MCP_TOKEN } }
  - name: expiring
    upstream: { url: env:OPS_URL, credential: { bearer: env:OPS_MCP_TOKEN } }
rules:
  - id: holds-need-sre
    match: { connection: holds, tool: apply_config, claims: { groups: deployers } }
    decision: require_approval
    approval: { groups: [sre], quorum: 1, expires: 12h, grant: 12h }
  - id: expiring-need-sre
    match: { connection: expiring, tool: apply_config, claims: { groups: deployers } }
    decision: require_approval
    approval: { groups: [sre], quorum: 1, expires: 1m, grant: 1m }
`;
