import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../../infra/dev/world.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { eventually } from '../support/eventually.ts';
import { startLoadBalancer, type LoadBalancer } from '../support/load-balancer.ts';
import { startMixedLoad, type LoadKind, type MixedLoad } from '../support/mixed-load.ts';
import { Product } from '../support/product.ts';
import { approvalIdOf } from '../support/slack.ts';

const portBase = 19_400;
const rounds = 2;
const gateways = ['gateway', 'gateway-2'];
const heldKinds: readonly LoadKind[] = ['held', 'legs', 'task'];
const kinds: readonly LoadKind[] = ['read', 'session', 'stream', ...heldKinds];

let home: string;
let balancer: LoadBalancer;
let world: World;
let product: Product;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-rolling-'));
  const configFile = join(home, 'extra.yaml');
  await copyFile('test/end-to-end/extra.yaml', configFile);
  balancer = await startLoadBalancer();
  const { url } = balancer;
  world = await startWorld({
    portBase,
    home,
    configFile,
    gateways: gateways.length,
    env: { GATEWAY_URL: url, ISSUER_GATEWAY_URL: url, COUNTERSIGN_DRAIN_GRACE_SECONDS: '1' },
  });
  product = new Product({ path: world.path, url });
  balancer.balance(world.file().gateway.instances.map((instance) => instance.url));
  await untilAllReady();
});

afterAll(async () => {
  await world.stop();
  await balancer.close();
  await rm(home, { recursive: true, force: true });
});

describe('two gateways that are replaced one after the other, twice, under load', () => {
  let load: MixedLoad;
  const finishedOf = (kind: LoadKind) => load.finished.filter((call) => call.kind === kind);

  test('fail no call: each is answered as by its server, or after the documented identical retry', async () => {
    load = await startMixedLoad(product);
    for (let round = 0; round < rounds; round += 1) {
      for (const name of gateways) await replace(name, load);
    }
    await untilMoreOfEachKind(load);
    await load.stop();
    expect(load.finished.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(balancer.failures).toEqual([]);
    const retried = load.finished.filter(({ retries }) => retries > 0).map(({ kind }) => kind);
    expect(retried.filter((kind) => kind !== 'held')).toEqual([]);
  }, 300_000);

  test('run each held call once, after one card in one case', async () => {
    const cards = await product.slack.cards();
    for (const { kind, value } of heldKinds.flatMap(finishedOf)) {
      expect(await product.executionsWith(value), `${kind} ${value}`).toBe(1);
      const cases = await product.query<{ id: string }>(
        `select id from countersign.approval where request::text like '%' || $1 || '%'`,
        [value],
      );
      const own = cards.filter((card) => cases.some(({ id }) => id === approvalIdOf(card)));
      expect([cases.length, own.length], `${kind} ${value}`).toEqual([1, 1]);
    }
  });

  test('leave no call without an end in the ledger, which is dense and unaltered', async () => {
    await eventually('every call has an end', async () => {
      const [{ open } = { open: '?' }] = await product.query<{ open: string }>(
        `select count(*) as open from ledger.entry received where kind = 'request.received' and not exists (
           select from ledger.entry ending
           where ending.call_id = received.call_id and ending.kind in ('response.recorded', 'call.closed'))`,
      );
      return open === '0' ? true : undefined;
    });
    const stopped = await product.query(`select 1 from ledger.entry where kind = 'gateway.stopped'`);
    expect(stopped).toHaveLength(rounds * gateways.length);
    const unknown = await product.query(
      `select 1 from ledger.entry where kind = 'call.closed' and outcome = 'unknown'`,
    );
    expect(unknown).toEqual([]);
    const pool = new Pool({ connectionString: product.world.postgres.url, max: 1 });
    const logs = await verifyLedger(pool, 'countersign.local/evidence/default');
    await pool.end();
    expect(logs.flatMap(({ faults }) => faults)).toEqual([]);
  });
});

/** Tells one gateway to stop while calls of every kind are under way, and waits until another serves in its place. */
async function replace(name: string, load: MixedLoad): Promise<void> {
  await untilMoreOfEachKind(load);
  const index = gateways.indexOf(name);
  const instance = world.file().gateway.instances[index];
  const before = balancer.targets()[index]?.sent ?? 0;
  world.kill(name, 'SIGTERM');
  await world.untilReplaced(name, instance?.pid);
  await untilAllReady();
  await eventually('the new gateway serves', () =>
    (balancer.targets()[index]?.sent ?? 0) > before ? true : undefined,
  );
}

async function untilMoreOfEachKind(load: MixedLoad): Promise<void> {
  const before = new Map(kinds.map((kind) => [kind, load.count(kind)]));
  await eventually(
    'a call of each kind is answered',
    () => (kinds.every((kind) => load.count(kind) > (before.get(kind) ?? 0)) ? true : undefined),
    60_000,
  );
}

function untilAllReady(): Promise<true> {
  return eventually(
    'both gateways are ready',
    () => (balancer.targets().every(({ ready }) => ready) ? true : undefined),
    60_000,
  );
}
