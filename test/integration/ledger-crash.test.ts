import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AppendedEntry } from '../../workflows/contract/entry.ts';
import { LedgerUnavailable, type Ledger } from '../../workflows/evidence/ledger.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { eventually } from '../support/eventually.ts';
import { createLedgerWorld, draft, origin, readTexts, type LedgerWorld } from '../support/ledger-world.ts';
import { createTemplate, startServer, type TestServer } from '../support/postgres.ts';
import { startSwallowingProxy, type SwallowingProxy } from '../support/swallowing-proxy.ts';

let server: TestServer;
let world: LedgerWorld;
let ledger: Ledger;

beforeAll(async () => {
  server = await startServer();
  await createTemplate(server.adminUrl);
});
afterAll(() => server.destroy());
beforeEach(async () => {
  world = await createLedgerWorld(server.adminUrl);
  ledger = await world.open();
});
afterEach(() => world.close());

const reach = (): Promise<readonly AppendedEntry[]> =>
  eventually('the ledger takes entries again', () => ledger.append([draft('back')]));

async function expectSound(): Promise<void> {
  const logs = await verifyLedger(world.pool, origin);
  expect(logs).toHaveLength(1);
  expect(logs.flatMap(({ faults }) => faults)).toEqual([]);
}

/** Appends without end, from many callers, and keeps what was acknowledged and what was not. */
function startLoad(ledgers: readonly Ledger[], callersEach: number) {
  const acknowledged = new Map<string, AppendedEntry>();
  const refused = new Map<string, LedgerUnavailable>();
  const stopping = new AbortController();
  let count = 0;
  const call = async (each: Ledger): Promise<void> => {
    while (!stopping.signal.aborted) {
      const text = `load ${(count += 1)}`;
      try {
        const [entry] = await each.append([draft(text)]);
        if (entry !== undefined) acknowledged.set(text, entry);
      } catch (error) {
        if (!(error instanceof LedgerUnavailable)) throw error;
        refused.set(text, error);
      }
    }
  };
  const callers = ledgers.flatMap((each) => Array.from({ length: callersEach }, () => call(each)));
  return {
    acknowledged,
    refused,
    stop: async () => {
      stopping.abort();
      await Promise.all(callers);
    },
  };
}

test('kill -9 of PostgreSQL under load loses no acknowledged entry and writes none twice', async () => {
  const load = startLoad([ledger, await world.open({ instance: 'two' })], 16);
  for (const round of [1, 2, 3]) {
    const before = load.acknowledged.size;
    await eventually('load is on', () => load.acknowledged.size > before + 500 || undefined);
    await server.kill();
    const atKill = load.acknowledged.size;
    expect(atKill, `round ${round}`).toBeGreaterThan(before + 500);
    await server.start();
    await eventually('load goes on by itself', () => load.acknowledged.size > atKill + 100 || undefined);
  }
  await load.stop();

  const { rows } = await world.pool.query<{ id: string; seq: string }>('select id, seq from ledger.entry');
  const seqById = new Map(rows.map(({ id, seq }) => [id, Number(seq)]));
  const lost = [...load.acknowledged.values()].filter(({ id, seq }) => seqById.get(id) !== seq);
  expect(lost).toEqual([]);
  await expectSound();

  const texts = await readTexts(world.pool);
  expect(new Set(texts).size).toBe(texts.length);
  const stored = new Set(texts);
  for (const [text, error] of load.refused) {
    expect(await error.settled).toBe(stored.has(text) ? 'committed' : 'absent');
  }
  expect(stored.size).toBe(load.acknowledged.size + [...load.refused.keys()].filter((text) => stored.has(text)).length);
});

describe('without PostgreSQL', () => {
  const outages = [
    { name: 'stopped', begin: () => server.shutDown(), end: () => server.start() },
    { name: 'frozen', begin: () => server.freeze(), end: () => server.thaw() },
  ];

  test.each(outages)(
    '($name) an append is refused in two seconds, and taken again afterwards',
    async ({ name, begin, end }) => {
      await ledger.append([draft('before')]);
      await begin();
      const started = performance.now();
      const texts = ['during', 'during, too'];
      const results = await Promise.allSettled(texts.map((text) => ledger.append([draft(text)])));
      const waited = performance.now() - started;
      await end();
      for (const result of results) {
        expect(result).toMatchObject({ status: 'rejected', reason: expect.any(LedgerUnavailable) as unknown });
      }
      expect(waited).toBeGreaterThan(1_800);
      expect(waited).toBeLessThan(3_000);
      await reach();
      // What was on its way to a frozen server may be committed when it thaws; its refusal says so in the end.
      const stored = await readTexts(world.pool);
      for (const [index, result] of results.entries()) {
        const { settled } = (result as PromiseRejectedResult).reason as LedgerUnavailable;
        expect(await settled).toBe(stored.includes(texts[index] ?? '') ? 'committed' : 'absent');
      }
      if (name === 'stopped') expect(stored).not.toContain('during');
      await expectSound();
    },
  );

  test('a short outage is not noticed by callers', async () => {
    const patient = await world.open({ deadlineMs: 20_000 });
    await server.shutDown();
    const waiting = patient.append([draft('patient')]);
    await server.start();
    expect(await waiting).toHaveLength(1);
    await expectSound();
  });

  test('no ledger is opened, and none on a server that may forget what it acknowledged', async () => {
    const client = new Client({ connectionString: world.adminUrl });
    await client.connect();
    await client.query('alter system set fsync = off');
    await client.query('select pg_reload_conf()');
    await eventually('fsync is off', () =>
      world.open().then(
        () => undefined,
        (error: Error) => /runs with fsync off/.test(error.message) || undefined,
      ),
    );
    await client.query('alter system reset fsync');
    await client.query('select pg_reload_conf()');
    await client.end();
    await eventually('fsync is on', () => world.open().then(() => true));
  });
});

describe('a COMMIT without an answer', () => {
  let proxy: SwallowingProxy;
  let shaky: Ledger;
  beforeEach(async () => {
    const url = new URL(world.appUrl);
    proxy = await startSwallowingProxy(Number(url.port));
    url.port = String(proxy.port);
    shaky = await world.open({ connectionString: url.href });
    await shaky.append([draft('warm')]);
  });
  afterEach(() => proxy.close());

  const countOf = async (text: string): Promise<number> =>
    (await readTexts(world.pool)).filter((each) => each === text).length;

  test.each(['lose-answer', 'lose-request'] as const)('(%s) is looked up and comes out right, once', async (fate) => {
    proxy.onNextCommit(fate);
    const guard = {
      text: `insert into countersign.gateway_instance (id, started_at, lease_until) values ('once', now(), now())
             on conflict do nothing`,
      values: [],
    };
    const results = await Promise.all([
      shaky.append([draft('doubtful'), draft('doubtful, too')], guard),
      shaky.append([draft('neighbour')]),
    ]);
    expect(proxy.met).toBe(1);
    const { rows } = await world.pool.query<{ id: string; seq: string }>('select id, seq from ledger.entry');
    for (const { id, seq } of results.flat()) expect(rows).toContainEqual({ id, seq: String(seq) });
    expect([await countOf('doubtful'), await countOf('doubtful, too'), await countOf('neighbour')]).toEqual([1, 1, 1]);
    await expectSound();
  });

  test.each([
    { fate: 'withhold-answer', settled: 'committed', times: 1 },
    { fate: 'withhold-request', settled: 'absent', times: 0 },
  ] as const)('($fate) is in doubt at the deadline, and settled as $settled', async ({ fate, settled, times }) => {
    proxy.onNextCommit(fate);
    const started = performance.now();
    const error = await shaky.append([draft('in doubt')]).catch((reason: unknown) => reason);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(error).toBeInstanceOf(LedgerUnavailable);
    expect((error as LedgerUnavailable).inDoubt).toBe(true);
    expect(await (error as LedgerUnavailable).settled).toBe(settled);
    expect(await countOf('in doubt')).toBe(times);
    await shaky.append([draft('afterwards')]);
    await expectSound();
  });
});
