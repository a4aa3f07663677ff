import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { createLedgerWorld, origin, readTexts, type LedgerWorld } from '../support/ledger-world.ts';

const writerFile = fileURLToPath(new URL('../support/ledger-writer.ts', import.meta.url));
const entriesPerWriter = 1_000;
const inFlight = 32;

interface Acknowledged {
  readonly text: string;
  readonly seq: number;
  readonly id: string;
}

let world: LedgerWorld;
beforeAll(async () => (world = await createLedgerWorld()));
afterAll(() => world.close());

async function runWriter(instance: string): Promise<readonly Acknowledged[]> {
  const args = ['--import', 'tsx', writerFile, world.appUrl, instance, String(entriesPerWriter), String(inFlight)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code).toBe(0);
  return printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Acknowledged);
}

test('two writer processes at once make one dense log with one true root, and share their once keys', async () => {
  const [one, two] = await Promise.all([runWriter('writer-1'), runWriter('writer-2')]);
  expect(one).toHaveLength(2 * entriesPerWriter);
  expect(two).toHaveLength(2 * entriesPerWriter);

  const logs = await verifyLedger(world.pool, origin);
  expect(logs.flatMap(({ faults }) => faults)).toEqual([]);
  // The opening entry, each writer's own, and the shared ones once.
  expect(logs.map(({ size }) => size)).toEqual([1 + 3 * entriesPerWriter]);
  expect(new Set(await readTexts(world.pool)).size).toBe(3 * entriesPerWriter);

  const { rows } = await world.pool.query<{ seq: string; id: string; entry: Buffer }>(
    `select seq, id, entry from ledger.entry where seq > 0`,
  );
  const stored = new Map(rows.map((row) => [row.id, { seq: Number(row.seq), entry: row.entry.toString() }]));
  for (const { text, seq, id } of [...one, ...two]) {
    expect(stored.get(id)).toMatchObject({ seq, entry: expect.stringContaining(`"text":"${text}"`) as unknown });
  }
  const interleaved = rows.filter(({ entry }) => entry.includes('"instance":"writer-1"')).map(({ seq }) => Number(seq));
  expect(Math.max(...interleaved) - Math.min(...interleaved)).toBeGreaterThan(interleaved.length);
});
