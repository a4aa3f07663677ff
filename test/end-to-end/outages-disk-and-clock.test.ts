import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../../infra/dev/world.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { eventually } from '../support/eventually.ts';
import { callTool, ledgerEnd, untilAllEnded, type TimedAnswer } from '../support/outage.ts';
import { Product, unique } from '../support/product.ts';

/** A world of its own: PostgreSQL's data on a small disk, and programs whose clocks a test sets. */
const portBase = 18_900;
const diskMebibytes = 320;
const hourMs = 3_600_000;
const minuteMs = 60_000;
const answeredMsMax = 2_000 + 1_000;

/** A file system that is really full takes a mount, and a mount takes root (Linux). */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

const home = mkdtempSync(join(tmpdir(), 'countersign-world-'));
/** Of PostgreSQL alone: what the other servers keep lies beside it. */
const disk = join(home, 'data');
const clockFile = join(home, 'clock');
let world: World | undefined;
let product: Product;

beforeAll(async () => {
  mkdirSync(disk, { recursive: true, mode: 0o711 });
  if (mayMount) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMebibytes}m,mode=711`, 'tmpfs', disk]);
  for (const other of ['temporal', 'issuer']) {
    mkdirSync(join(home, other));
    symlinkSync(join(home, other), join(disk, other));
  }
  const preload = fileURLToPath(new URL('../support/jumping-clock.mjs', import.meta.url));
  setClock(0);
  world = await startWorld({
    home,
    portBase,
    env: { NODE_OPTIONS: `--import ${preload}`, COUNTERSIGN_TEST_CLOCK: clockFile },
  });
  product = new Product({ path: world.path });
});
afterAll(async () => {
  await world?.stop();
  if (mayMount) execFileSync('umount', [disk]);
  rmSync(home, { recursive: true, force: true });
});

const opsToken = () => product.token('ci-deployer', 'ops');
const setClock = (aheadMs: number): void => writeFileSync(clockFile, String(aheadMs));

function read(token: string, service: string): Promise<TimedAnswer> {
  return callTool(product.urlOf('ops'), token, 'get_config', { service });
}

async function untilServed(marker: string): Promise<void> {
  await eventually('a call is served', async () =>
    (await read(await opsToken(), marker)).status === 200 ? true : undefined,
  );
}

/** Takes all space that is left, so that nothing can grow any more. */
function fillDisk(): () => void {
  const filler = join(disk, 'filler');
  const { bavail, bsize } = statfsSync(disk);
  execFileSync('fallocate', ['-l', String(bavail * bsize), filler]);
  return () => rmSync(filler);
}

/** When the gateway last said that it is alive, by its own clock. */
async function leaseEnd(): Promise<number> {
  const [row] = await product.query<{ lease: Date }>(
    `select max(lease_until) as lease from countersign.gateway_instance where stopped_at is null`,
  );
  return row?.lease.getTime() ?? 0;
}

/** Sets the clocks, and waits until the gateway has renewed its lease by them twice, so that the sweeper has looked. */
async function jumpTo(aheadMs: number): Promise<void> {
  setClock(aheadMs);
  const isThere = (lease: number): boolean => Math.abs(lease - Date.now() - aheadMs) < minuteMs;
  const first = await eventually('the lease is renewed by the new clock', async () => {
    const lease = await leaseEnd();
    return isThere(lease) ? lease : undefined;
  });
  await eventually('and once more', async () => ((await leaseEnd()) === first ? undefined : true));
}

describe('a full disk under PostgreSQL', () => {
  test.runIf(mayMount)(
    'means 503 in two seconds and no call; what was acknowledged stays, and with space calls go on by themselves',
    async () => {
      const since = await ledgerEnd(product);
      const token = await opsToken();
      await untilServed(unique('before'));
      const served: string[] = [];
      const refused: string[] = [];
      const free = fillDisk();
      try {
        // What is left in half-filled pages is still taken; an answer that is not means 503 for its caller as well.
        await eventually('nothing more fits', async () => {
          const marker = unique('full');
          const answer = await read(token, marker);
          expect(answer.tookMs).toBeLessThan(answeredMsMax);
          if (answer.status !== 200) expect(answer.status, answer.text).toBe(503);
          if (answer.status === 200) served.push(marker);
          if (answer.headers.get('retry-after') === '2') refused.push(marker);
          return refused.length >= 3 ? true : undefined;
        });
      } finally {
        free();
      }
      await untilServed(unique('after'));
      await untilAllEnded(product, since);
      for (const marker of served.slice(-3)) expect(await product.executionsWith(marker)).toBe(1);
      for (const marker of refused) expect(await product.executionsWith(marker)).toBe(0);
      await expectSound();
    },
  );
});

describe('a clock that jumps an hour', () => {
  test('ahead ends tokens by it and nothing else: who asks for a new one is served', async () => {
    const since = await ledgerEnd(product);
    const before = await opsToken();
    expect((await read(before, unique('before'))).status).toBe(200);
    setClock(hourMs);
    try {
      await eventually('the old token has expired', async () =>
        (await read(before, unique('expired'))).status === 401 ? true : undefined,
      );
      expect((await read(await opsToken(), unique('ahead'))).status).toBe(200);
    } finally {
      setClock(0);
    }
    await untilServed(unique('back'));
    await untilAllEnded(product, since);
  });

  test('ahead and back while a call waits: it stays open, its click counts, and it runs once', async () => {
    const caller = await product.caller();
    const value = unique('jump');
    const change = { service: 'payments', key: 'checkout.banner', value };
    const answer = caller.call('apply_config', change, { onProgress: () => undefined });
    answer.catch(() => undefined);
    const card = await product.slack.cardWith(value);
    for (const aheadMs of [hourMs, 0]) await jumpTo(aheadMs);
    const [ended] = await product.query(
      `select 1 from ledger.entry where kind = 'call.closed' and outcome = 'pending'`,
    );
    expect(ended).toBeUndefined();
    await product.slack.click('sre-1', card, 'approve');
    expect(JSON.stringify((await answer).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
    await expectSound();
  });
});

async function expectSound(): Promise<void> {
  const pool = new Pool({ connectionString: product.world.postgres.url, max: 1 });
  const logs = await verifyLedger(pool, 'countersign.local/evidence/default');
  await pool.end();
  expect(logs.flatMap(({ faults }) => faults)).toEqual([]);
}
