import { hash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../gateway/config/config.ts';
import { loadConfig } from '../../gateway/config/load.ts';
import { PolicyVersions } from '../../gateway/config/versions/policy-versions.ts';
import { LedgerUnavailable, type Ledger } from '../../workflows/evidence/ledger.ts';
import { createLedgerWorld, type LedgerWorld } from '../support/ledger-world.ts';

const now = (): Date => new Date('2026-11-24T10:00:00Z');

let world: LedgerWorld;
let ledger: Ledger;
let home: string;
beforeAll(async () => {
  world = await createLedgerWorld();
  ledger = await world.open();
  home = await mkdtemp(join(tmpdir(), 'countersign-versions-'));
});
afterAll(async () => {
  await world.close();
  await rm(home, { recursive: true });
});

let files = 0;
async function configured(decision: string, more = ''): Promise<Config> {
  const path = join(home, `${(files += 1)}.yaml`);
  await writeFile(path, `version: 1\npublicUrl: http://a\n${more}rules: [{ id: only, decision: ${decision} }]\n`);
  return loadConfig([path], { env: { AUTHOR: 'ann@example.com' }, loopback: true, detectorsDigest: 'd' });
}

/** A gateway that has taken its lease. */
async function gateway(instance: string, by: Pick<Ledger, 'append'> = ledger): Promise<PolicyVersions> {
  await world.pool.query(
    `insert into countersign.gateway_instance (id, url, started_at, lease_until) values ($1, '', $2, $2)
     on conflict (id) do nothing`,
    [instance, now()],
  );
  return new PolicyVersions({ pool: world.pool, ledger: by, instance, now });
}

async function changes(): Promise<{ outcome: string; facts: Record<string, unknown> }[]> {
  const { rows } = await world.pool.query<{ outcome: string; entry: Buffer }>(
    `select outcome, entry from ledger.entry where kind = 'policy.changed' order by seq`,
  );
  return rows.map(({ outcome, entry }) => ({
    outcome,
    facts: (JSON.parse(entry.toString('utf8')) as { facts: Record<string, unknown> }).facts,
  }));
}

async function versionRow(digest: string) {
  const { rows } = await world.pool.query<{ document: string; author: string; first: string; copies: string }>(
    `select document, author, first_loaded_by as first, count(*) over () as copies
     from countersign.policy_version where digest = $1`,
    [digest],
  );
  return rows[0];
}

async function running(instance: string): Promise<string | undefined> {
  const { rows } = await world.pool.query<{ digest: string }>(
    'select policy_digest as digest from countersign.gateway_instance where id = $1',
    [instance],
  );
  return rows[0]?.digest;
}

describe('a version of the policy', () => {
  test('is kept before it takes effect: at the start, so that anybody can check its digest', async () => {
    const first = await configured('allow', 'author: env:AUTHOR\napprovers: { sre: { members: [ben@example.com] } }\n');
    await (await gateway('gw-a')).start(first);
    const row = await versionRow(first.policyDigest);
    expect(row).toMatchObject({ author: 'ann@example.com', first: 'gw-a', copies: '1' });
    expect(hash('sha256', row?.document ?? '', 'hex')).toBe(first.policyDigest);
    expect(row?.document).not.toContain('ben@example.com');
    expect(await running('gw-a')).toBe(first.policyDigest);
    expect(await changes()).toMatchObject([{ outcome: 'new', facts: { before: null, author: 'ann@example.com' } }]);
  });

  test('is recorded by each gateway that takes it up, and is new once', async () => {
    const [before, next] = [await configured('allow'), await configured('block')];
    const gateways = await Promise.all(['gw-b', 'gw-c', 'gw-d'].map((instance) => gateway(instance)));
    for (const each of gateways) await each.start(before);
    const earlier = (await changes()).length;
    await Promise.all(gateways.map((each) => each.change(before, next)));
    const recorded = (await changes()).slice(earlier);
    expect(recorded.map(({ outcome }) => outcome).toSorted()).toEqual(['followed', 'followed', 'new']);
    expect(recorded.map(({ facts }) => String(facts['instance'])).toSorted()).toEqual(['gw-b', 'gw-c', 'gw-d']);
    for (const { facts } of recorded) {
      expect(facts).toMatchObject({
        before: before.policyDigest,
        policyDigest: next.policyDigest,
        authorIs: 'file owner',
        diff: {
          leftOut: 0,
          changes: [{ what: 'rule only', fields: [{ field: 'decision', before: '"allow"', after: '"block"' }] }],
        },
      });
    }
    expect(await versionRow(next.policyDigest)).toMatchObject({ copies: '1' });
    expect(await running('gw-c')).toBe(next.policyDigest);
  });

  test('that came while no gateway ran is recorded by the first that starts with it, against what ran last', async () => {
    const [before, next] = [await configured('block'), await configured('require_approval', approvals)];
    await world.pool.query('update countersign.gateway_instance set stopped_at = now() where stopped_at is null');
    const earlier = (await changes()).length;
    await (await gateway('gw-e')).start(next);
    expect((await changes()).slice(earlier)).toMatchObject([
      { outcome: 'new', facts: { before: before.policyDigest, policyDigest: next.policyDigest } },
    ]);
    await (await gateway('gw-f')).start(next);
    expect(await changes()).toHaveLength(earlier + 1);
  });

  test('that comes back is a change again, and no second row', async () => {
    const [one, two] = [await configured('require_approval', approvals), await configured('allow')];
    const versions = await gateway('gw-e');
    const earlier = (await changes()).length;
    await versions.change(one, two);
    await versions.change(two, one);
    expect((await changes()).slice(earlier).map(({ facts }) => facts['policyDigest'])).toEqual([
      two.policyDigest,
      one.policyDigest,
    ]);
    expect(await versionRow(one.policyDigest)).toMatchObject({ copies: '1' });
  });

  test('is recorded once, although whoever recorded it could not tell at first', async () => {
    const [before, next] = [await configured('require_approval', approvals), await configured('block')];
    let isLost = true;
    const forgetful: Pick<Ledger, 'append'> = {
      append: async (drafts, guard) => {
        const entries = await ledger.append(drafts, guard);
        if (isLost) throw new LedgerUnavailable('the answer was lost');
        return entries;
      },
    };
    const versions = await gateway('gw-g', forgetful);
    const earlier = (await changes()).length;
    await expect(versions.change(before, next)).rejects.toThrow('the answer was lost');
    isLost = false;
    await versions.change(before, next);
    expect(await changes()).toHaveLength(earlier + 1);
  });

  test('is not there while its change is not: both are in one commit', async () => {
    const next = await configured('allow', 'defaults: { decision: allow }\n');
    const away: Pick<Ledger, 'append'> = { append: () => Promise.reject(new LedgerUnavailable('away')) };
    const versions = await gateway('gw-h', away);
    await expect(versions.change(await configured('block'), next)).rejects.toThrow('away');
    expect(await versionRow(next.policyDigest)).toBeUndefined();
    const unknown = new PolicyVersions({ pool: world.pool, ledger, instance: 'gw-nobody', now });
    await expect(unknown.change(await configured('block'), next)).rejects.toThrow();
    expect(await versionRow(next.policyDigest)).toBeUndefined();
  });

  test('that is the same tells by name what changed beside it, and nothing when nothing did', async () => {
    const at = (url: string) =>
      configured('block', `connections: [{ name: db, upstream: { url: ${url}, credential: { bearer: canary } } }]\n`);
    const versions = await gateway('gw-i');
    const earlier = (await changes()).length;
    await versions.change(await at('http://one'), await at('http://two'));
    await versions.change(await at('http://two'), await at('http://two'));
    const recorded = (await changes()).slice(earlier);
    expect(recorded).toMatchObject([{ outcome: 'same', facts: { settings: ['connections.db'] } }]);
    expect(JSON.stringify(recorded)).not.toMatch(/canary|http/);
  });

  test('fits into its entry, however much of it is new, and says what is left out', async () => {
    const folder = join(home, 'ä'.repeat(60), 'ö'.repeat(60));
    await mkdir(folder, { recursive: true });
    const name = (i: number) => `${'n'.repeat(50)}-${i}`;
    const write = async (count: number, server: string, reason: string) => {
      const lines = Array.from({ length: count }, (_, i) => {
        const connections = `connections: [{ name: ${name(i)}, upstream: { url: "http://${server}" } }]\n`;
        const author = i === 0 ? `publicUrl: http://a\nauthor: "${'ü'.repeat(200)}"\n` : '';
        const rule = `rules: [{ id: ${'é'.repeat(97)}-${i}, decision: block, reason: "${reason.repeat(200)}" }]\n`;
        return `version: 1\n${author}${connections}${rule}`;
      });
      await Promise.all(lines.map((text, i) => writeFile(join(folder, `${i}-${'é'.repeat(80)}.yaml`), text)));
      return loadConfig([folder], { env: {}, loopback: true, detectorsDigest: 'd' });
    };
    const [before, next] = [await write(60, 'one', 'ß'), await write(60, 'two', '€')];
    const versions = await gateway('gw-j');
    await versions.change(before, next);
    const facts = (await changes()).at(-1)?.facts as { diff: { leftOut: number }; settings: string[] };
    expect(facts.diff.leftOut).toBeGreaterThan(10);
    expect(facts.settings).toHaveLength(20);
  });

  test('cannot be altered, nor stored under a digest that is not its own', async () => {
    await expect(world.pool.query(`update countersign.policy_version set author = 'x'`)).rejects.toThrow('permission');
    await expect(world.pool.query('delete from countersign.policy_version')).rejects.toThrow('permission');
    const forged = `insert into countersign.policy_version
      (digest, document, sources, author, author_is, first_loaded_at, first_loaded_by)
      values ('${'0'.repeat(64)}', '{}', '[]', 'x', 'author', now(), 'x')`;
    await expect(world.pool.query(forged)).rejects.toThrow('digest_is_that_of_the_document');
  });
});

const approvals = 'approvers: { sre: { members: [a@b.co] } }\ndefaults: { approval: { groups: [sre] } }\n';
