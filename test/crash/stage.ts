import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import pg from 'pg';
import { fetchAccessToken } from '../../infra/dev/access-token.ts';
import { startWorld, type World } from '../../infra/dev/world.ts';
import { BodyStore } from '../../workflows/evidence/body-store.ts';
import { loadKeyRing } from '../../workflows/evidence/key-ring.ts';
import { eventually } from '../support/eventually.ts';
import { decideEverything } from './approver.ts';
import { Armoury } from './blows.ts';
import type { Seen } from './errands.ts';
import type { Death } from './promises.ts';
import { Witness } from './witness.ts';

const portBase = 19_400;
/** As long waits a grant for its caller, and then an outcome for whoever calls again. */
export const grantMs = 30_000;
/** Every program is up again after so long, or does not come up at all. */
const upMsMax = 90_000;
const tokenMsMax = 120_000;
export const origin = 'countersign.local/evidence/default';
/** A card with this word on it is refused. */
export const deniedWord = 'please-deny';
/** How long a case waits for people, and then a grant for its caller, as configured below. */
export const caseMsMax = 60_000 + grantMs;

/** Callers are told to come back after 15 s instead of 50, so that clients who wait for 25 see all ways to wait. */
const configuration = `version: 1
connections:
  - name: crash
    upstream: { url: env:OPS_URL, credential: { bearer: env:OPS_MCP_TOKEN } }
    pendingAfter: 15s
rules:
  - id: crash-reads
    match: { connection: crash, tool: get_config|read_logs, claims: { groups: deployers } }
    decision: allow
  - id: crash-writes
    match: { connection: crash, tool: apply_config, claims: { groups: deployers } }
    decision: require_approval
    approval: { groups: [sre], quorum: 1, expires: 60s, grant: ${String(grantMs / 1_000)}s }
`;

/** The product under fire: two gateways, people who decide, and what an auditor reads. */
export interface Stage {
  readonly world: World;
  readonly armoury: Armoury;
  readonly witness: Witness;
  readonly pool: pg.Pool;
  readonly opsPool: pg.Pool;
  readonly canary: string;
  readonly deaths: readonly Death[];
  readonly seen: Seen[];
  readonly gatewayUrls: () => readonly string[];
  readonly token: () => Promise<string>;
  /** Resolves when every program that died answers again. */
  readonly untilAllUp: () => Promise<void>;
  readonly withTemporal: <T>(use: (client: TemporalClient) => Promise<T>) => Promise<T>;
  /** `keep` leaves data and logs where they are, and says where. */
  readonly stop: (options: { readonly keep: boolean }) => Promise<void>;
}

export async function setStage(say: (line: string) => void, now: () => number, signal: AbortSignal): Promise<Stage> {
  const home = mkdtempSync(join(tmpdir(), 'countersign-crash-'));
  const failpoints = join(home, 'failpoints');
  mkdirSync(failpoints);
  const configFile = join(home, 'crash.yaml');
  writeFileSync(configFile, configuration);
  const deaths: (Death & { backAtMs?: number })[] = [];
  const down = new Set<string>();
  let world: World | undefined;
  world = await startWorld({
    portBase,
    home,
    configFile,
    gateways: 2,
    env: { COUNTERSIGN_FAILPOINTS: failpoints },
    signal,
    onProgress: (progress) => {
      if (progress.kind === 'note') say(`  ${progress.text}`);
      if (progress.kind === 'recovered') {
        down.delete(progress.name);
        for (const death of deaths) if (death.program === progress.name) death.backAtMs ??= now();
      }
      if (progress.kind !== 'crashed') return;
      down.add(progress.name);
      deaths.push({ program: progress.name, instance: instanceOf(world, progress.name), atMs: now() });
    },
  });
  const running = world;
  const url = new URL(running.file().postgres.url);
  const pool = openPool(url.href);
  url.pathname = '/ops';
  const opsPool = openPool(url.href);
  const { wrapper } = loadKeyRing(join(home, 'secrets', 'root-key'));
  const bodies = new BodyStore({ readers: pool, wrapper, now: () => new Date(now()), random: randomBytes });
  // A form that the mask knows, and that push scanners do not take for a live one.
  const canary = [
    'AK',
    'IA',
    randomBytes(8)
      .toString('hex')
      .toUpperCase()
      .replaceAll(/[0189]/g, 'Q'),
  ].join('');
  const approver = decideEverything(running.file(), deniedWord);
  let token: { readonly text: Promise<string>; readonly untilMs: number } | undefined;
  return {
    world: running,
    armoury: new Armoury(failpoints),
    witness: new Witness(pool, { readBody: (commitment) => bodies.read(commitment) }, canary),
    pool,
    opsPool,
    canary,
    deaths,
    seen: [],
    gatewayUrls: () => running.file().gateway.instances.map((instance) => `${instance.url}/crash/mcp`),
    token: () => {
      if (token === undefined || token.untilMs < now()) {
        token = { text: fetchAccessToken(running.file(), 'ci-deployer', 'crash'), untilMs: now() + tokenMsMax };
      }
      return token.text;
    },
    untilAllUp: async () => {
      await eventually('everything runs again', () => (down.size === 0 ? true : undefined), upMsMax);
    },
    withTemporal: async (use) => {
      const { address, namespace } = running.file().temporal;
      const connection = await Connection.connect({ address });
      try {
        return await use(new TemporalClient({ connection, namespace }));
      } finally {
        await connection.close();
      }
    },
    stop: async ({ keep }) => {
      await approver.stop();
      await Promise.all([pool.end(), opsPool.end()]);
      await running.stop();
      if (keep) say(`Data and logs are left in ${home}`);
      else rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The world file names the process that died until another one answers. */
function instanceOf(world: World | undefined, program: string): string | undefined {
  if (!program.startsWith('gateway')) return undefined;
  const index = program === 'gateway' ? 0 : Number(program.slice('gateway-'.length)) - 1;
  return world?.file().gateway.instances[index]?.id;
}

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 8 });
  // PostgreSQL is among what is killed; unheard, the event would end this process.
  pool.on('error', () => undefined);
  return pool;
}
