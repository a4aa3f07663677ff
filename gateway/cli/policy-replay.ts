import { once } from 'node:events';
import { Pool } from 'pg';
import { loadKeyRing } from '../../workflows/evidence/key-ring.ts';
import { readRequests, type RecordedRequest, type RequestsWanted } from '../../workflows/evidence/read-requests.ts';
import { readConfig } from '../config/load.ts';
import type { LoadedConfig } from '../config/loaded-config.ts';
import { duration } from '../config/values.ts';
import { createReplay, type ReplayedCall } from '../policy/replay/replay-call.ts';
import { originOf } from '../settings.ts';
import { loadOptions, orSayWhy } from './policy-files.ts';
import { ReplayReport } from './replay-report.ts';
import { runVerb, UsageError, type ValuesOf } from './verbs.ts';

const help = `countersign policy replay FILE… --since 7d

Tries the policy of these files on calls that the ledger holds, and lists every call that it would judge otherwise, by
the rules that make the difference. What is masked in the ledger cannot be judged: where a rule asks for it, the call
is told as undecidable. Reads the ledger by DATABASE_URL and COUNTERSIGN_KEY_FILE, as a gateway has them.

  --since TIME        how far back: 90s, 30m, 12h, 7d, or a time such as 2026-11-24T09:00:00Z
  --until TIME        the same; default: now
  --connection NAME   calls on this connection only
  --limit N           the N youngest calls only
  --json              a line of JSON for each call that changes or is undecidable, and one with the totals

Exit code 0: no call changes; 1: some do; 2: called wrongly, or the ledger cannot be read.
`;

const options = {
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  since: { type: 'string' },
  until: { type: 'string' },
  connection: { type: 'string' },
  limit: { type: 'string' },
} as const;

type Values = ValuesOf<typeof options>;

const exitCodes = { noChange: 0, changes: 1, failed: 2 } as const;
const connectionsMax = 2;
const progressEveryMs = 2_000;

/** `countersign policy replay`. */
export async function policyReplayCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return runVerb({ name: 'policy', help, options }, args, async (_verb, values, paths) => {
    if (paths.length === 0) throw new UsageError('say of which file: countersign policy replay FILE --since 7d');
    const wanted = wantedOf(values, originOf(env), new Date());
    const limit = limitOf(values.limit);
    const [databaseUrl, keyFile] = ['DATABASE_URL', 'COUNTERSIGN_KEY_FILE'].map((name) => required(env, name));
    const loaded = orSayWhy(values.json === true, () => readConfig(paths, loadOptions()));
    if (loaded === undefined) return exitCodes.failed;
    const pool = new Pool({
      connectionString: databaseUrl,
      max: connectionsMax,
      application_name: 'countersign-replay',
    });
    try {
      const requests = readRequests(pool, loadKeyRing(keyFile ?? '').wrapper, wanted);
      const report = await replayAll(loaded, requests, limit, values.json === true);
      await write(values.json === true ? `${JSON.stringify({ totals: report.totals })}\n` : report.text());
      return report.changed > 0 ? exitCodes.changes : exitCodes.noChange;
    } catch (error) {
      process.stderr.write(`countersign policy replay: ${(error as Error).message}\n`);
      return exitCodes.failed;
    } finally {
      await pool.end();
    }
  });
}

async function replayAll(
  { config, files, packs }: LoadedConfig,
  requests: AsyncIterable<RecordedRequest>,
  limit: number,
  json: boolean,
): Promise<ReplayReport> {
  const sources = [...files, ...packs.map(({ rules }) => rules)];
  const replay = createReplay(
    config,
    sources.flatMap(({ content }) => content.rules),
  );
  const report = new ReplayReport();
  let toldAt = Date.now();
  let read = 0;
  for await (const request of requests) {
    if (read === limit) break;
    read += 1;
    const replayed = replay(request);
    report.add(request, replayed);
    if (json && (replayed.kind === 'changed' || replayed.kind === 'undecidable'))
      await write(asJson(request, replayed));
    if (Date.now() - toldAt < progressEveryMs) continue;
    toldAt = Date.now();
    const { judged, changed } = report;
    process.stderr.write(`back to ${request.at.toISOString()}: ${judged} calls judged, ${changed} changed\n`);
  }
  return report;
}

function asJson({ callId, at, connection, tool, principal }: RecordedRequest, replayed: ReplayedCall): string {
  return `${JSON.stringify({ callId, at, connection, tool, principal, ...replayed })}\n`;
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function wantedOf({ since, until, connection }: Values, origin: string, now: Date): RequestsWanted {
  if (since === undefined) throw new UsageError('say how far back: --since 7d');
  return {
    origin,
    since: timeOf('since', since, now),
    until: until === undefined ? now : timeOf('until', until, now),
    ...(connection === undefined ? {} : { connection }),
  };
}

function timeOf(option: string, text: string, now: Date): Date {
  const ago = duration.safeParse(text);
  const time = ago.success ? new Date(now.getTime() - ago.data) : new Date(text);
  if (Number.isNaN(time.getTime()) || (!ago.success && !/^\d{4}-\d\d-\d\d/.test(text))) {
    throw new UsageError(`--${option} is 90s, 30m, 12h or 7d ago, or a time such as 2026-11-24T09:00:00Z`);
  }
  return time;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new UsageError('--limit is a number of calls, such as 1000');
  return Number(text);
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name] ?? '';
  if (value === '') throw new UsageError(`${name} is not set; give it what the gateway has`);
  return value;
}
