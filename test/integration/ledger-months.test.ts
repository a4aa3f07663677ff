import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { createLedgerWorld, draft, origin, readTexts, type LedgerWorld } from '../support/ledger-world.ts';

let world: LedgerWorld;
const november = new Date('2026-11-30T23:59:59.900Z');
const december = new Date('2026-12-01T00:00:00.000Z');
const nextYear = new Date('2027-01-01T00:00:00.000Z');

beforeAll(async () => (world = await createLedgerWorld()));
afterAll(() => world.close());

test('many processes that start at once open one log', async () => {
  const ledgers = await Promise.all(Array.from({ length: 6 }, () => world.open({ now: () => november })));
  await Promise.all(ledgers.map((ledger, index) => ledger.append([draft(`start ${index}`)])));
  const { rows } = await world.pool.query(`select kind from ledger.entry where seq = 0`);
  expect(rows).toEqual([{ kind: 'log.opened' }]);
});

test('when the month turns, the next log commits to the final tree of the last, and nothing is lost', async () => {
  let time = november;
  const quick = await Promise.all([0, 1, 2].map((n) => world.open({ instance: `quick-${n}`, now: () => time })));
  const slow = await world.open({ instance: 'slow', now: () => november });
  const appends: Promise<unknown>[] = [];
  for (let index = 0; index < 300; index += 1) {
    if (index === 150) time = december;
    for (const ledger of [...quick, slow]) appends.push(ledger.append([draft(`turn ${index}`)]));
    if (index % 10 === 0) await appends.at(-1);
  }
  await Promise.all(appends);
  expect((await readTexts(world.pool)).filter((text) => text.startsWith('turn'))).toHaveLength(1_200);

  const logs = await verifyLedger(world.pool, origin);
  expect(logs.map(({ log }) => log)).toEqual([`${origin}/2026-11`, `${origin}/2026-12`]);
  expect(logs.flatMap(({ faults }) => faults)).toEqual([]);
  const { rows } = await world.pool.query<{ entry: Buffer }>(
    `select entry from ledger.entry where log = $1 and seq = 0`,
    [`${origin}/2026-12`],
  );
  expect((JSON.parse(String(rows[0]?.entry)) as { facts: object }).facts).toEqual({
    prev_origin: `${origin}/2026-11`,
    prev_size: logs[0]?.size,
    prev_root: logs[0]?.root,
  });
  const { rows: seals } = await world.pool.query(`select from ledger.entry where kind = 'log.sealed'`);
  expect(seals).toHaveLength(1);
});

test('a process whose clock is behind writes into the new log', async () => {
  const slow = await world.open({ instance: 'slow', now: () => november });
  await slow.append([draft('behind')]);
  const { rows } = await world.pool.query(`select log from ledger.entry where entry like '%"behind"%'::bytea`);
  expect(rows).toEqual([{ log: `${origin}/2026-12` }]);
});

test('a retry that crosses the month finds its entry in the old log', async () => {
  let time = december;
  const ledger = await world.open({ now: () => time });
  const [first] = await ledger.append([draft('crossing', { once: 'crossing' })]);
  time = nextYear;
  const [again] = await ledger.append([draft('crossing', { once: 'crossing' })]);
  expect(again).toEqual(first);
  expect((await verifyLedger(world.pool, origin)).flatMap(({ faults }) => faults)).toEqual([]);
});
