import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LedgerUnavailable, type Ledger } from '../../workflows/evidence/ledger.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { createKeyRing } from '../../workflows/evidence/key-ring.ts';
import { createLedgerWorld, draft, origin, type LedgerWorld } from '../support/ledger-world.ts';

let world: LedgerWorld;
let ledger: Ledger;
let time = new Date('2026-11-24T09:00:00Z');
/** Everything random of 32 bytes that this process drew: salts and data keys. */
const secrets: Buffer[] = [];

beforeAll(async () => {
  world = await createLedgerWorld();
  ledger = await world.open({
    now: () => time,
    randomBytes: (size) => {
      const bytes = randomBytes(size);
      if (size === 32) secrets.push(bytes);
      return bytes;
    },
  });
});
afterAll(() => world.close());

async function appendBody(text: string, writer = ledger): Promise<string> {
  const body = { bytes: Buffer.from(text), mediaType: 'application/json' };
  const [entry] = await writer.append([{ kind: 'response.recorded', callId: 'call_1', facts: {}, body }]);
  if (entry?.commitment === undefined) throw new Error('an entry with a body has a commitment');
  return entry.commitment;
}

const columnsThatHold = async (needle: string): Promise<readonly string[]> => {
  const { rows } = await world.admin.query<{ place: string }>(
    `select 'entry' as place from ledger.entry row where row::text like '%' || $1 || '%'
     union select 'body' from ledger.body row where row::text like '%' || $1 || '%'
     union select 'body_key' from ledger.body_key row where row::text like '%' || $1 || '%'
     union select 'log_state' from ledger.log_state row where row::text like '%' || $1 || '%'`,
    [needle],
  );
  return rows.map(({ place }) => place);
};

test('a body comes back byte for byte, from any process that has the keys', async () => {
  const texts = ['', '{"ok":true}', 'ü'.repeat(200_000)];
  const commitments = await Promise.all(texts.map((text) => appendBody(text)));
  const other = await world.open({ instance: 'reader' });
  for (const [index, commitment] of commitments.entries()) {
    expect((await other.readBody(commitment))?.toString()).toBe(texts[index]);
  }
  expect(await other.readBody('00'.repeat(32))).toBeUndefined();
});

test('its entry tells commitment, type and size of it', async () => {
  const commitment = await appendBody('{"rows":3}');
  const { rows } = await world.pool.query<{ entry: Buffer }>(`select entry from ledger.entry where commitment = $1`, [
    Buffer.from(commitment, 'hex'),
  ]);
  expect(JSON.parse(String(rows[0]?.entry))).toMatchObject({
    body: { commitment, mediaType: 'application/json', bytes: 10 },
  });
});

test('neither its text nor its salt nor its key stands anywhere in clear', async () => {
  const canary = 'canary-7f3a9c-do-not-store';
  await appendBody(canary);
  await ledger.append([draft(`visible-${canary}`)]);
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  // The search does find what is in clear.
  expect(await columnsThatHold(hex(Buffer.from(`visible-${canary}`)))).toEqual(['entry']);
  expect(await columnsThatHold(hex(Buffer.from(`"text":"${canary}`)))).toEqual([]);
  const { rows } = await world.admin.query(`select from ledger.body where position($1 in ciphertext) > 0`, [
    Buffer.from(canary),
  ]);
  expect(rows).toEqual([]);
  expect(await columnsThatHold(hex(gzipSync(canary, { level: 1 })))).toEqual([]);
  expect(secrets.length).toBeGreaterThan(1);
  for (const secret of secrets) expect(await columnsThatHold(hex(secret))).toEqual([]);
});

test('with another root key nothing of it can be read', async () => {
  const commitment = await appendBody('sealed');
  const stranger = await world.open({ keys: createKeyRing(randomBytes(32)) });
  await expect(stranger.readBody(commitment)).rejects.toThrow('authenticate');
});

test('moved under another commitment it is not read', async () => {
  const [one, two] = await Promise.all([appendBody('one'), appendBody('two')]);
  await world.admin.query(
    `update ledger.body set ciphertext = other.ciphertext, nonce = other.nonce
     from ledger.body other where body.commitment = $1 and other.commitment = $2`,
    [one, two].map((commitment) => Buffer.from(commitment, 'hex')),
  );
  await expect(ledger.readBody(one)).rejects.toThrow('authenticate');
});

test('after its key was destroyed it is gone, the log still verifies, and new bodies get a new key', async () => {
  const commitment = await appendBody('to be forgotten');
  const keeper = await world.admin.connect();
  await keeper.query('set role ev_keeper');
  const { rows } = await keeper.query<{ key_id: string }>('select key_id from ledger.body_key');
  expect(rows).toHaveLength(1);
  const destroyed = await keeper.query<{ done: boolean }>('select ledger.destroy_body_key($1, now()) as done', [
    rows[0]?.key_id,
  ]);
  keeper.release(true);
  expect(destroyed.rows).toEqual([{ done: true }]);

  expect(await ledger.readBody(commitment)).toBeUndefined();
  const logs = await verifyLedger(world.pool, origin);
  expect(logs.flatMap(({ faults }) => faults)).toEqual([]);

  // The writer still holds the destroyed key: what it encrypts would be lost, so it is refused.
  await expect(appendBody('lost')).rejects.toThrow(LedgerUnavailable);
  time = new Date(time.getTime() + 5 * 60_000);
  const later = await appendBody('kept');
  expect((await ledger.readBody(later))?.toString()).toBe('kept');
});

test('two processes share the key of a day, and the next day has another', async () => {
  time = new Date('2026-11-25T00:00:00Z');
  const other = await world.open({ now: () => time });
  await Promise.all([appendBody('a'), appendBody('b', other), appendBody('c'), appendBody('d', other)]);
  const { rows } = await world.pool.query<{ day: string; keys: string }>(
    `select day::text, count(*) as keys from ledger.body_key where destroyed_at is null group by day order by day`,
  );
  expect(rows).toEqual([
    { day: '2026-11-24', keys: '1' },
    { day: '2026-11-25', keys: '1' },
  ]);
});
