import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listPauses, liftPause, setPause, type PauseApiParts } from '../../gateway/api/pauses.ts';
import type { Config } from '../../gateway/config/config.ts';
import { InstanceLease } from '../../gateway/hold/instance-lease.ts';
import { clearPause } from '../../gateway/limits/clear-pause.ts';
import { requireRoom, TooManyApprovals } from '../../gateway/limits/open-approvals.ts';
import { readSharedState } from '../../gateway/limits/pause-store.ts';
import { Pauses } from '../../gateway/limits/pauses.ts';
import { createMasker } from '../../gateway/masking/masker.ts';
import { LedgerUnavailable, type Ledger } from '../../workflows/evidence/ledger.ts';
import { eventually } from '../support/eventually.ts';
import { createLedgerWorld, type LedgerWorld } from '../support/ledger-world.ts';
import { unique } from '../support/product.ts';

const operator = { issuer: 'https://issuer', subject: 'op', groups: [], actors: [] };
const names = Array.from({ length: 20 }, () => unique('connection'));
let left = names.length;
const newName = (): string => names[(left -= 1)] ?? '';

let world: LedgerWorld;
let ledger: Ledger;
let other: Ledger;
beforeAll(async () => {
  world = await createLedgerWorld();
  ledger = await world.open();
  other = await world.open();
});
afterAll(() => world.close());

const config = {
  connections: names.map((name) => ({ name })),
  issuers: [{ issuer: 'https://issuer' }],
} as unknown as Config;

/** What one gateway's API is made of. */
const gateway = (changes: Partial<PauseApiParts> = {}): PauseApiParts => ({
  pool: world.pool,
  ledger,
  masker: createMasker(),
  pauses: { readNow: () => Promise.resolve() } as Pauses,
  config: () => config,
  now: () => new Date(),
  ...changes,
});

async function story(target: string): Promise<string[]> {
  const { rows } = await world.pool.query<{ kind: string; outcome: string; principal: string | null }>(
    `select kind, outcome, principal from ledger.entry
     where convert_from(entry, 'UTF8')::jsonb -> 'facts' ->> 'target' = $1 order by seq`,
    [target],
  );
  return rows.map(({ kind, outcome, principal }) => `${kind} ${outcome} ${principal ?? '-'}`);
}

const pausesOf = async (name: string) => (await listPauses(gateway())).pauses.filter(({ target }) => target === name);

describe('a pause', () => {
  test('is set and lifted together with its entries, which say who', async () => {
    const target = newName();
    const reason = `Freeze, key ${'ghp_'}${'a1B2'.repeat(9)}.`;
    const pause = await setPause(gateway(), operator, { scope: 'connection', target, reason, for: '1h' });
    expect(pause.reason).toBe('Freeze, key [REDACTED:github_token].');
    expect(Date.parse(pause.until ?? '') - Date.parse(pause.at)).toBe(3_600_000);
    expect(await pausesOf(target)).toEqual([pause]);
    expect(await liftPause(gateway(), operator, { scope: 'connection', target, reason: 'done' })).toEqual({
      lifted: true,
    });
    expect(await pausesOf(target)).toEqual([]);
    expect(await story(target)).toEqual([
      'pause.set connection https://issuer#op',
      'pause.lifted lifted https://issuer#op',
    ]);
  });

  test('is set once and lifted once, however many operators do so at the same time through whatever gateway', async () => {
    const target = newName();
    const ask = { scope: 'connection', target, reason: 'Freeze.' };
    const gateways = [gateway(), gateway({ ledger: other })];
    await Promise.all(Array.from({ length: 10 }, (_, n) => setPause(gateways[n % 2] ?? gateway(), operator, ask)));
    expect(await pausesOf(target)).toHaveLength(1);
    const lifts = await Promise.all(
      Array.from({ length: 10 }, (_, n) => liftPause(gateways[n % 2] ?? gateway(), operator, ask)),
    );
    expect(lifts.filter(({ lifted }) => lifted)).toHaveLength(1);
    expect(await story(target)).toHaveLength(2);
  });

  test('that is set again has its new reason and end, and an entry of its own', async () => {
    const target = newName();
    await setPause(gateway(), operator, { scope: 'connection', target, reason: 'One.', for: '1h' });
    await setPause(gateway(), operator, { scope: 'connection', target, reason: 'Two.' });
    expect(await pausesOf(target)).toMatchObject([{ reason: 'Two.' }]);
    expect((await pausesOf(target))[0]).not.toHaveProperty('until');
    expect(await story(target)).toHaveLength(2);
  });

  test('ends by itself, is then written down once, and can be set anew', async () => {
    const target = newName();
    const until = new Date(Date.now() + 1_500).toISOString();
    await setPause(gateway(), operator, { scope: 'connection', target, reason: 'Short.', until });
    const over = await eventually('it is over', async () =>
      (await readSharedState(world.pool)).over.find((each) => each.target === target),
    );
    expect(await pausesOf(target)).toEqual([]);
    await Promise.all([ledger, other, ledger, other].map((each) => clearPause(each, over)));
    expect(await story(target)).toEqual(['pause.set connection https://issuer#op', 'pause.lifted expired -']);
    await setPause(gateway(), operator, { scope: 'connection', target, reason: 'Again.' });
    await clearPause(ledger, over);
    expect(await pausesOf(target)).toHaveLength(1);
  });

  test.each([
    [{ scope: 'connection', target: 'nowhere', reason: 'x' }, 'CONNECTION_UNKNOWN'],
    [{ scope: 'caller', target: 'https://elsewhere#s', reason: 'x' }, 'BODY_INVALID'],
    [{ scope: 'caller', target: 'https://issuer#', reason: 'x' }, 'BODY_INVALID'],
    [{ scope: 'everything', target: 'x', reason: 'x' }, 'BODY_INVALID'],
    [{ scope: 'everything', reason: ' ' }, 'BODY_INVALID'],
    [{ scope: 'everything', reason: 'x', until: '2020-01-01T00:00:00Z' }, 'BODY_INVALID'],
    [{ scope: 'everything', reason: 'x', for: '1h', until: '2099-01-01T00:00:00Z' }, 'BODY_INVALID'],
  ])('of what is not there, or that is over already, is refused: %j', async (body, code) => {
    await expect(setPause(gateway(), operator, body)).rejects.toMatchObject({ code });
    expect(await pausesOf('')).toEqual([]);
  });

  test('that cannot be recorded is not set', async () => {
    const target = newName();
    const away = { append: () => Promise.reject(new LedgerUnavailable('away')) };
    const ask = { scope: 'connection', target, reason: 'x' };
    await expect(setPause(gateway({ ledger: away }), operator, ask)).rejects.toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
    });
    expect(await pausesOf(target)).toEqual([]);
  });

  test('is in force in its own gateway when its operator is answered', async () => {
    const target = newName();
    const pauses = new Pauses({
      read: () => readSharedState(world.pool),
      uptimeMs: () => performance.now(),
      onSet: () => undefined,
      clear: (over) => clearPause(ledger, over),
      log: pino({ enabled: false }),
    });
    await pauses.start();
    const caller = { issuer: 'https://issuer', subject: target, groups: [], actors: [] };
    const sender = { principal: `https://issuer#${target}`, connection: { name: 'x' }, caller };
    expect(pauses.of(sender)).toBeUndefined();
    await setPause(gateway({ pauses }), operator, { scope: 'caller', target: sender.principal, reason: 'x' });
    expect(pauses.of(sender)).toMatchObject({ reason: 'x' });
    await liftPause(gateway({ pauses }), operator, { scope: 'caller', target: sender.principal });
    expect(pauses.of(sender)).toBeUndefined();
    pauses.stop();
  });
});

describe('the gateways that share limits', () => {
  test('are those that live: one that stops in order is none any more, and neither is one whose lease ran out', async () => {
    const now = () => new Date();
    const log = pino({ enabled: false });
    const before = (await readSharedState(world.pool)).gateways;
    const leases = ['gw_1', 'gw_2', 'gw_3'].map(
      (instance) => new InstanceLease({ pool: world.pool, instance, now, log }),
    );
    for (const lease of leases) await lease.take('http://127.0.0.1');
    expect((await readSharedState(world.pool)).gateways).toBe(before + 3);
    await leases[0]?.giveBack();
    for (const lease of leases) lease.rest();
    await world.pool.query(`update countersign.gateway_instance set lease_until = now() where id = 'gw_2'`);
    expect((await readSharedState(world.pool)).gateways).toBe(before + 1);
  });
});

describe('open approvals', () => {
  const open = async (subject: string, most: number): Promise<boolean> => {
    const { rowCount } = await world.pool.query(
      `insert into countersign.approval
         (id, workflow_id, connection, tool, method, caller, rule, request, action_digest, nonce, policy_digest, state,
          opened_at, expires_at)
       select $1, $1, 'c', 't', 'm', $2, '{}', '{}', 'd', '', 'p', 'open', now(), now() + interval '1 minute'
       where countersign.has_fewer_open_approvals('i', $3, $4)`,
      [unique('apr'), JSON.stringify({ issuer: 'i', subject }), subject, most],
    );
    return rowCount === 1;
  };

  test('of one caller are never more than the limit, although all gateways open some at the same time', async () => {
    const subject = unique('busy');
    const opened = await Promise.all(Array.from({ length: 40 }, () => open(subject, 7)));
    expect(opened.filter(Boolean)).toHaveLength(7);
    expect(await open(unique('other'), 7)).toBe(true);
    const caller = { issuer: 'i', subject, groups: [], actors: [] };
    const parts = { pool: world.pool, now: () => new Date() };
    const refusal = await requireRoom(parts, caller, 7).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(TooManyApprovals);
    expect((refusal as TooManyApprovals).firstEndsInMs).toBeGreaterThan(30_000);
    await requireRoom(parts, caller, 8);
    await world.pool.query(`update countersign.approval set state = 'closed' where caller ->> 'subject' = $1`, [
      subject,
    ]);
    expect(await open(subject, 7)).toBe(true);
  });
});
