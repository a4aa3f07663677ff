import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GuardRefused, LedgerUnavailable, EntryRefused, type Ledger } from '../../workflows/evidence/ledger.ts';
import { commitBehind, RolledBack } from '../../workflows/evidence/ledger-sql.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { createLedgerWorld, draft, origin, readTexts, type LedgerWorld } from '../support/ledger-world.ts';

let world: LedgerWorld;
let ledger: Ledger;

beforeAll(async () => {
  world = await createLedgerWorld();
  ledger = await world.open({ instance: 'gw-1' });
});
afterAll(() => world.close());

async function expectSound(): Promise<void> {
  const logs = await verifyLedger(world.pool, origin);
  expect(logs.length).toBeGreaterThan(0);
  expect(logs.flatMap(({ faults }) => faults)).toEqual([]);
}

const takeRow = (id: string) => ({
  text: `insert into countersign.gateway_instance (id, started_at, lease_until) values ($1, now(), now())
         on conflict do nothing`,
  values: [id],
});
const hasRow = async (id: string): Promise<boolean> =>
  (await world.pool.query('select from countersign.gateway_instance where id = $1', [id])).rowCount === 1;

describe('an append', () => {
  test('stores the canonical bytes, their leaf and the columns for lists', async () => {
    const [entry] = await ledger.append([
      {
        kind: 'request.received',
        callId: 'call_1',
        sessionId: 'ses_1',
        approvalId: 'apr_1',
        connection: 'ops',
        tool: 'apply_config',
        principal: 'https://issuer.example#ci',
        outcome: 'hold',
        facts: { b: [1, 'ü'], a: null },
      },
    ]);
    const { rows } = await world.pool.query(`select * from ledger.entry where id = $1`, [entry?.id]);
    expect(rows[0]).toMatchObject({
      seq: String(entry?.seq),
      kind: 'request.received',
      call_id: 'call_1',
      session_id: 'ses_1',
      approval_id: 'apr_1',
      connection: 'ops',
      tool: 'apply_config',
      principal: 'https://issuer.example#ci',
      outcome: 'hold',
      instance: 'gw-1',
    });
    const bytes = (rows[0] as { entry: Buffer }).entry.toString();
    expect(bytes).toMatch(
      /^\{"approvalId":"apr_1","at":"[^"]+Z","callId":"call_1","connection":"ops","facts":\{"a":null,/,
    );
    expect(JSON.parse(bytes)).toMatchObject({ v: 1, id: entry?.id, instance: 'gw-1' });
    await expectSound();
  });

  test('made at the very moment another is answered is committed at once', async () => {
    for (let time = 0; time < 20; time += 1) await ledger.append([draft(`after the other ${time}`)]);
  });

  test('of several drafts keeps them together and in order, whoever else appends', async () => {
    const calls = Array.from({ length: 100 }, (_, call) => [0, 1, 2].map((step) => draft(`${call}/${step}`)));
    const results = await Promise.all(calls.map((drafts) => ledger.append(drafts)));
    for (const entries of results) {
      const first = entries[0]?.seq ?? -1;
      expect(entries.map(({ seq }) => seq)).toEqual([first, first + 1, first + 2]);
    }
    await expectSound();
  });

  test('takes text that a column cannot hold or an index cannot carry', async () => {
    const tool = `nul \0 ${'x'.repeat(5_000)}`;
    const [entry] = await ledger.append([{ kind: 'request.received', callId: tool, tool, facts: {}, once: tool }]);
    const { rows } = await world.pool.query<{ entry: Buffer }>(`select entry from ledger.entry where id = $1`, [
      entry?.id,
    ]);
    expect(JSON.parse(String(rows[0]?.entry))).toMatchObject({ tool });
  });

  test('of nothing, of too much or of what is no JSON is refused and holds up nobody', async () => {
    const refused = [[], [draft('x'.repeat(17_000))], [draft('\ud800')], Array.from({ length: 513 }, () => draft('x'))];
    const good = ledger.append([draft('good')]);
    for (const drafts of refused) await expect(ledger.append(drafts)).rejects.toThrow(EntryRefused);
    expect(await good).toHaveLength(1);
    await expectSound();
  });
});

describe('a guard', () => {
  test('takes effect together with its drafts', async () => {
    await ledger.append([draft('guarded once')], takeRow('row-1'));
    expect(await hasRow('row-1')).toBe(true);
  });

  test('that changes no row refuses its own drafts, and nobody else is held up', async () => {
    await ledger.append([draft('first')], takeRow('row-2'));
    const results = await Promise.allSettled([
      ledger.append([draft('before the refused one')]),
      ledger.append([draft('refused'), draft('refused too')], takeRow('row-2')),
      ledger.append([draft('after the refused one')], takeRow('row-3')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: expect.any(GuardRefused) as unknown });
    const texts = await readTexts(world.pool);
    expect(texts).not.toContain('refused');
    expect(texts).not.toContain('refused too');
    expect(texts).toEqual(expect.arrayContaining(['before the refused one', 'after the refused one']));
    await expectSound();
  });

  test('that changes two rows is undone', async () => {
    const both = {
      text: `insert into countersign.gateway_instance (id, started_at, lease_until)
             values ('row-4', now(), now()), ('row-5', now(), now())`,
      values: [],
    };
    await expect(ledger.append([draft('two rows')], both)).rejects.toThrow('changed 2 rows');
    expect([await hasRow('row-4'), await hasRow('row-5')]).toEqual([false, false]);
  });

  test('that is no SQL, or fails in it, poisons nobody else', async () => {
    const results = await Promise.allSettled([
      ledger.append([draft('neighbour one')]),
      ledger.append([draft('broken')], { text: 'selec nonsense', values: [] }),
      ledger.append([draft('divided')], { text: 'select 1 / $1::int', values: [0] }),
      ledger.append([draft('neighbour two')], takeRow('row-6')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: '42601' } });
    expect(results[2]).toMatchObject({ reason: { code: '22012' } });
    expect(await readTexts(world.pool)).not.toContain('broken');
    await expectSound();
  });

  test('that meets a unique index is refused like one that changes no row', async () => {
    const insert = { text: takeRow('').text.replace('on conflict do nothing', ''), values: ['row-7'] };
    await ledger.append([draft('unique')], insert);
    await expect(ledger.append([draft('not unique')], insert)).rejects.toThrow(GuardRefused);
  });

  test('lets one of many racing appends through', async () => {
    const other = await world.open({ instance: 'gw-2' });
    const races = Array.from({ length: 40 }, (_, index) =>
      (index % 2 === 0 ? ledger : other).append([draft('the fence')], takeRow('row-8')),
    );
    const outcomes = await Promise.allSettled(races);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await readTexts(world.pool)).filter((text) => text === 'the fence')).toHaveLength(1);
  });
});

describe('a once key', () => {
  test('lets an entry stand once, and gives its place to every retry', async () => {
    const [first] = await ledger.append([draft('once', { once: 'key-1' })]);
    const [again] = await ledger.append([draft('once', { once: 'key-1' })]);
    expect(again).toEqual(first);
    await expectSound();
  });

  test('holds within one batch, and leaves no hole', async () => {
    const tries = Array.from({ length: 20 }, () =>
      ledger.append([draft('same batch', { once: 'key-2' }), draft('new')]),
    );
    const placed = await Promise.all(tries);
    expect(new Set(placed.map(([entry]) => entry?.seq)).size).toBe(1);
    expect(new Set(placed.map(([, entry]) => entry?.seq)).size).toBe(20);
    await expectSound();
  });

  test('of an append that was done skips its guard', async () => {
    const [first] = await ledger.append([draft('done', { once: 'key-3' })], takeRow('row-9'));
    const [again] = await ledger.append([draft('done', { once: 'key-3' })], takeRow('row-9'));
    expect(again).toEqual(first);
  });

  test('of an append that its guard refused is free', async () => {
    await expect(ledger.append([draft('later', { once: 'key-4' })], takeRow('row-9'))).rejects.toThrow(GuardRefused);
    await expect(ledger.append([draft('later', { once: 'key-4' })])).resolves.toHaveLength(1);
  });

  test('may be anything', async () => {
    const once = `\0${'k'.repeat(100_000)}\ud800`;
    expect(await ledger.append([draft('odd key', { once })])).toEqual(
      await ledger.append([draft('odd key', { once })]),
    );
  });
});

describe('COMMIT', () => {
  let client: Client;
  beforeEach(async () => {
    client = new Client({ connectionString: world.appUrl, pipeline: true });
    await client.connect();
    return () => client.end();
  });

  test('answered with ROLLBACK after a failed statement is not taken for a commit', async () => {
    await client.query('begin');
    // What the trap is: the promise of COMMIT is kept although nothing was committed.
    const failing = client.query('select 1 / 0');
    const committing = client.query('commit');
    await expect(failing).rejects.toThrow('division by zero');
    expect((await committing).command).toBe('ROLLBACK');

    await client.query('begin');
    await expect(commitBehind(client, [client.query('select 1 / 0')])).rejects.toThrow(RolledBack);
  });

  test('that comes late makes the append unavailable, in time and without a trace', async () => {
    const holder = await world.admin.connect();
    await holder.query('begin');
    await holder.query('select from ledger.log_state where origin = $1 for update', [origin]);
    const started = performance.now();
    const late = await ledger.append([draft('late')]).catch((error: unknown) => error);
    const waited = performance.now() - started;
    await holder.query('rollback');
    holder.release();
    expect(late).toBeInstanceOf(LedgerUnavailable);
    expect(waited).toBeGreaterThan(1_900);
    expect(waited).toBeLessThan(3_000);
    await ledger.append([draft('after the late one')]);
    expect(await (late as LedgerUnavailable).settled).toBe('absent');
    expect(await readTexts(world.pool)).not.toContain('late');
    await expectSound();
  });

  test('waited for by 2,048 entries refuses the next one at once', async () => {
    const holder = await world.admin.connect();
    await holder.query('begin');
    await holder.query('select from ledger.log_state where origin = $1 for update', [origin]);
    const waiting = Array.from({ length: 2_048 }, (_, index) => ledger.append([draft(`waiting ${index}`)]));
    await expect(ledger.append([draft('one too many')])).rejects.toThrow('2048 entries waiting');
    await holder.query('rollback');
    holder.release();
    expect(new Set((await Promise.all(waiting)).map(([entry]) => entry?.seq)).size).toBe(2_048);
    await ledger.append([draft('room again')]);
    await expectSound();
  });
});

test('a closed ledger has finished what it took, and takes no more', async () => {
  const closing = await world.open();
  const accepted = Array.from({ length: 50 }, (_, index) => closing.append([draft(`closing ${index}`)]));
  await closing.close();
  expect(await Promise.all(accepted)).toHaveLength(50);
  await expect(closing.append([draft('too late')])).rejects.toThrow(LedgerUnavailable);
});
