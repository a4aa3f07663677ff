import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../gateway/config/load.ts';
import { commandOf } from '../../../gateway/policy/commands/read-command.ts';
import { readShell } from '../../../gateway/policy/commands/shell/read-shell.ts';
import { readSql } from '../../../gateway/policy/commands/sql/read-sql.ts';
import { judgeAsked } from '../../../gateway/policy/own-rules.ts';
import { canonicalDigest } from '../../../workflows/evidence/canonical.ts';
import { calls, commands, policyText, statements } from '../policy/subjects.ts';

/**
 * Times what policy does, each thing by itself many times over, and prints the milliseconds as JSON: of the clock, and
 * of this process's own processor time, which neighbours on the machine add nothing to.
 */
const rounds = Number(process.env['ROUNDS'] ?? 20_000);
const warmUpRounds = 2_000;
const subjects = 384;

interface Timed {
  readonly name: string;
  readonly run: (round: number) => unknown;
}

function load(rules: number) {
  const home = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  try {
    const file = join(home, 'countersign.yaml');
    writeFileSync(file, policyText(rules));
    return loadConfig([file], { env: {}, loopback: true, detectorsDigest: '' });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** A decision, with the command of the call read for it. */
function decisions(rules: number): Timed['run'] {
  const { policy, connections } = load(rules);
  const byName = new Map(connections.map((connection) => [connection.name, connection]));
  const asked = calls(subjects);
  return (round) => {
    const input = asked[round % subjects];
    const connection = byName.get(input?.connection ?? '');
    if (input === undefined || connection === undefined) throw new Error('every call has its connection');
    const command = commandOf(connection, input.tool, input.args);
    return judgeAsked(policy, command === undefined ? input : { ...input, command });
  };
}

const sql = statements(subjects);
const shell = commands(subjects);
const bodies = calls(subjects).map((call, n) => ({ ...call, at: '', sql: sql[n] }));
const timed: readonly Timed[] = [
  { name: 'digest of 1 KB', run: (round) => canonicalDigest(bodies[round % subjects]) },
  { name: 'decision, 10 rules', run: decisions(10) },
  { name: 'decision, 500 rules', run: decisions(500) },
  { name: 'SQL of 1 KB, PostgreSQL', run: (round) => readSql('postgres', sql[round % subjects] ?? '') },
  { name: 'SQL of 1 KB, MySQL', run: (round) => readSql('mysql', sql[round % subjects] ?? '') },
  { name: 'shell of 1 KB', run: (round) => readShell(shell[round % subjects] ?? '') },
];

/** They take turns, so that a busy moment of the machine hits all alike. */
const turns = 10;
const measured = timed.map(({ name, run }) => ({
  name,
  run,
  clock: new Float64Array(rounds),
  cpu: new Float64Array(rounds),
  at: 0,
}));
for (const { run } of measured) for (let round = 0; round < warmUpRounds; round += 1) run(round);
for (let turn = 0; turn < turns; turn += 1) {
  for (const one of measured) {
    for (const end = Math.floor((rounds * (turn + 1)) / turns); one.at < end; one.at += 1) {
      const cpu = process.cpuUsage();
      const began = performance.now();
      one.run(one.at);
      one.clock[one.at] = performance.now() - began;
      const { user, system } = process.cpuUsage(cpu);
      one.cpu[one.at] = (user + system) / 1_000;
    }
  }
}
function quantiles(times: Float64Array) {
  const sorted = times.toSorted();
  const at = (share: number): number => sorted[Math.min(Math.floor(rounds * share), rounds - 1)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

const rows = measured.map(({ name, clock, cpu }) => ({ name, clock: quantiles(clock), cpu: quantiles(cpu) }));
process.stdout.write(`${JSON.stringify(rows)}\n`);
