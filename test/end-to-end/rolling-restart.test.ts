import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../../infra/dev/world.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { eventually } from '../support/eventually.ts';
import { findFreePort } from '../support/free-port.ts';
import { startLoadBalancer, type LoadBalancer } from '../support/load-balancer.ts';
import { startMixedLoad, type LoadKind, type MixedLoad } from '../support/mixed-load.ts';
import { Product, unique } from '../support/product.ts';
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
/** How programs ended, as the supervisor saw it. */
const ends: string[] = [];

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
    onProgress: (progress) => {
      if (progress.kind === 'crashed') ends.push(`${progress.name} ${progress.text.split(';')[0] ?? ''}`);
    },
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

describe('a worker and a Slack app that are told to stop', () => {
  test('end in order, and another worker goes on with what waits', async () => {
    const second = await startSecondWorker();
    try {
      const value = unique('worker-stopped');
      const caller = await product.legacyCaller();
      const setting = { service: 'payments', key: 'checkout.banner', value };
      const answer = caller.call('apply_config', setting, { onProgress: () => undefined });
      const card = await product.slack.cardWith(value);
      const [worker] = product.world.pids.worker;
      const [slackApp] = product.world.pids.slackApp;
      world.kill('worker', 'SIGTERM');
      world.kill('slackApp', 'SIGTERM');
      await world.untilReplaced('slackApp', slackApp);
      await product.slack.click('sre-1', card, 'approve');
      expect(JSON.stringify((await answer).content)).toContain(value);
      expect(await product.executionsWith(value)).toBe(1);
      await world.untilReplaced('worker', worker);
      expect(ends).toEqual(expect.arrayContaining(['worker exited with code 0', 'slackApp exited with code 0']));
      await caller.close();
    } finally {
      await second.stop();
    }
  });
});

/** As an operator would start it: the same program with the same environment, on a port of its own. */
async function startSecondWorker(): Promise<{ stop: () => Promise<void> }> {
  const [pid] = world.file().pids.worker;
  const environ = (await readFile(`/proc/${String(pid)}/environ`, 'utf8')).split('\0').filter(Boolean);
  const env = Object.fromEntries(environ.map((entry) => entry.split(/=(.*)/s).slice(0, 2) as [string, string]));
  const port = await findFreePort();
  const child = spawn(process.execPath, ['--import', 'tsx', 'workflows/main.ts'], {
    env: { ...env, COUNTERSIGN_WORKER_PORT: String(port) },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await eventually('a second worker is ready', async () => {
    const { status } = await fetch(`http://127.0.0.1:${String(port)}/readyz`);
    return status === 200 ? true : undefined;
  });
  return {
    stop: async () => {
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    },
  };
}

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
