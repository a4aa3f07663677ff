import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { KnownCall } from '../../gateway/call.ts';
import { policyReplayCommand } from '../../gateway/cli/policy-replay.ts';
import { loadConfig } from '../../gateway/config/load.ts';
import { createMasker } from '../../gateway/masking/masker.ts';
import { blockRefusal, judgeCall } from '../../gateway/policy/judge-call.ts';
import { calledNames } from '../../gateway/receive/called-names.ts';
import { Recorder } from '../../gateway/record/recorder.ts';
import type { Ledger } from '../../workflows/evidence/ledger.ts';
import { createLedgerWorld, origin, type LedgerWorld } from '../support/ledger-world.ts';
import { captured } from '../support/captured.ts';

const head = `version: 1
publicUrl: http://127.0.0.1:1
issuers: [{ issuer: "https://issuer.example" }]
connections:
  - name: ops
    upstream: { url: "http://a" }
    tools: { run_sql: { dialect: postgres, field: sql } }
  - { name: files, upstream: { url: "http://a" } }
approvers: { sre: { members: [a@b.co, c@b.co, e@b.co] } }
defaults: { approval: { groups: [sre] } }
rules:
`;
const before = `${head}
  - { id: read, match: { connection: ops, tool: "get*" }, decision: allow }
  - { id: notes, match: { connection: ops, tool: note }, decision: allow }
  - { id: restart, match: { connection: ops, tool: restart }, decision: require_approval, approval: { groups: [sre] } }
  - { id: selects, match: { connection: ops, tool: run_sql, sql: { effects: [read] } }, decision: allow }
  - { id: files, match: { connection: files, claims: { groups: readers } }, decision: allow }
`;

let world: LedgerWorld;
let ledger: Ledger;
let recorder: Recorder;
let home: string;
let env: NodeJS.ProcessEnv;
let now = new Date('2026-11-24T09:00:00Z');
let calls = 0;

beforeAll(async () => {
  world = await createLedgerWorld();
  ledger = await world.open({ instance: 'gw-1', now: () => now });
  recorder = new Recorder(ledger, createMasker());
  home = await mkdtemp(join(tmpdir(), 'countersign-replay-'));
  const keyFile = join(home, 'root.key');
  await writeFile(keyFile, `${Buffer.alloc(32, 42).toString('base64')}\n`);
  env = { DATABASE_URL: world.appUrl, COUNTERSIGN_KEY_FILE: keyFile, COUNTERSIGN_LOG_ORIGIN: origin };
  await recordAll();
});
afterAll(async () => {
  recorder.stop();
  await world.close();
  await rm(home, { recursive: true });
});

const options = { env: {}, loopback: true, detectorsDigest: 'd' };

async function fileOf(text: string): Promise<string> {
  const file = join(home, 'candidate.yaml');
  await writeFile(file, text);
  return file;
}

/** Judges and records a call as a gateway does. */
async function record(connection: string, tool: string, args: object, groups: readonly string[] = []): Promise<void> {
  const config = loadConfig([await fileOf(before)], options);
  calls += 1;
  const params = { name: tool, arguments: args };
  const issuer = 'https://issuer.example';
  const known = {
    callId: `call_${calls}`,
    connection: config.connections.find(({ name }) => name === connection),
    era: 'legacy',
    kind: 'request',
    method: 'tools/call',
    id: calls,
    raw: Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: calls, method: 'tools/call', params })),
    params,
    ...calledNames('tools/call', params),
    caller: { issuer, subject: 'ci', groups, actors: [] },
    principal: `${issuer}#ci`,
    sessionId: 'ses_1',
  } as unknown as KnownCall;
  const judged = judgeCall(config, known, now);
  await recorder.request(judged, blockRefusal(judged));
}

async function recordAll(): Promise<void> {
  now = new Date('2026-10-31T23:59:00Z');
  await record('ops', 'get_config', { service: 'last month' });
  now = new Date('2026-11-20T09:00:00Z');
  await record('ops', 'get_config', { service: 'payments' });
  await record('ops', 'restart', { service: 'payments' });
  await record('ops', 'run_sql', { sql: 'select 1' });
  await record('ops', 'run_sql', { sql: "select * from people where email = 'somebody@example.com'" });
  await record('ops', 'run_sql', { sql: 'drop table payroll' });
  await record('ops', 'note', { to: 'somebody@example.com', text: 'hello' });
  await record('files', 'get', { path: '/srv/a' }, ['readers']);
  await record('files', 'get', { path: '/srv/a' }, ['writers']);
}

async function replay(text: string, ...args: readonly string[]) {
  const file = await fileOf(text);
  const all = ['replay', file, ...(args.includes('--since') ? [] : ['--since', '2026-10-01']), ...args];
  return captured(() => policyReplayCommand(all, env));
}

function linesOf(out: string): readonly Record<string, unknown>[] {
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const totalsOf = (out: string) => linesOf(out).at(-1)?.['totals'];

describe('a replay', () => {
  test('of the policy in force changes nothing, and ends with 0', async () => {
    const { code, out } = await replay(before, '--json');
    expect(totalsOf(out)).toMatchObject({ judged: 9, changed: 0, undecidable: 0 });
    expect(code).toBe(0);
  });

  test('lists every call whose verdict changes, by the rule that makes the difference, over months', async () => {
    const stricter = `${before}  - { id: not-that, match: { connection: ops, tool: get_config }, decision: block }\n`;
    const { code, out } = await replay(stricter);
    expect(code).toBe(1);
    expect(out).toContain('changed by not-that: 2\n');
    expect(out).toMatch(
      /2026-11-20T09:00:00.000Z {2}call_2 {2}ops.get_config {2}by https:\/\/issuer.example#ci {2}allow → block/,
    );
    expect(out).toMatch(/2026-10-31T23:59:00.000Z {2}call_1 {2}/);
    expect(out).toContain('allow → block: 2\n9 calls judged, 2 changed, 0 undecidable\n');
    const young = await replay(stricter, '--json', '--since', '2026-11-01');
    expect(totalsOf(young.out)).toMatchObject({ judged: 8, changed: 1, changedByRule: { 'not-that': 1 } });
    expect(totalsOf((await replay(stricter, '--json', '--limit', '3')).out)).toMatchObject({ judged: 3, changed: 0 });
    expect(totalsOf((await replay(stricter, '--json', '--until', '2026-11-01')).out)).toMatchObject({ judged: 1 });
    expect(totalsOf((await replay(stricter, '--json', '--connection', 'files')).out)).toMatchObject({ judged: 2 });
  });

  test('tells what an approval asks now and then', async () => {
    const { out } = await replay(
      before.replace(
        'approval: { groups: [sre] } }\n  - { id: sel',
        'approval: { groups: [sre], quorum: 2 } }\n  - { id: sel',
      ),
    );
    expect(out).toContain('changed by restart: 1\n');
    expect(out).toContain('hold (1 of sre in 30 min) → hold (2 of sre in 30 min)');
  });

  test('knows the groups of callers then', async () => {
    const { out } = await replay(
      before.replace('claims: { groups: readers }', 'claims: { groups: writers }'),
      '--json',
    );
    expect(totalsOf(out)).toMatchObject({ changed: 2, changedByRule: { files: 2 } });
  });

  test('judges commands by what they would do, be their literals masked', async () => {
    const { out } = await replay(
      `${before}  - { id: no-reads, match: { tool: run_sql, sql: { effects: [read] } }, decision: block }\n`,
      '--json',
    );
    expect(totalsOf(out)).toMatchObject({ changed: 2, undecidable: 0, changedByRule: { 'no-reads': 2 } });
  });

  test('of a rule that asks for what is masked claims nothing', async () => {
    const rules = `${before}
  - { id: outside, match: { connection: ops, tool: note, args: { to: "*@example.com" } }, decision: block }
  - { id: tables, match: { connection: ops, tool: run_sql, sql: { relations: people } }, decision: block }
  - { id: by-mail, match: { connection: files, claims: { email: "*@example.com" } }, decision: block }
`;
    const { code, out } = await replay(rules, '--json');
    expect(totalsOf(out)).toMatchObject({
      changed: 0,
      undecidable: 3,
      undecidableByRule: { outside: 1, tables: 1, 'by-mail': 1 },
    });
    expect(code).toBe(0);
    expect(linesOf(out)[0]).toMatchObject({ callId: 'call_8', kind: 'undecidable', rules: ['by-mail'] });
    const seen = await replay(
      `${before}  - { id: texts, match: { connection: ops, tool: note, args: { text: "hel*" } }, decision: block }\n`,
      '--json',
    );
    expect(totalsOf(seen.out)).toMatchObject({ changed: 1, undecidable: 0 });
  });

  test('of a call whose body was destroyed claims nothing of its arguments', async () => {
    await world.admin.query(`update ledger.body_key set wrapped = null, destroyed_at = now() where day < '2026-11-01'`);
    const rules = `${before}  - { id: args, match: { connection: ops, tool: get_config, args: { service: "last*" } }, decision: block }\n`;
    expect(totalsOf((await replay(rules, '--json')).out)).toMatchObject({ changed: 0, undecidableByRule: { args: 1 } });
  });

  test('keeps ten thousand lines of tens of thousands of changes, and counts the rest', async () => {
    await world.admin.query(`insert into ledger.log_state (log, origin, month, size, range, sealed)
      values ('${origin}/2026-01', '${origin}', '2026-01', 0, '', true)`);
    await world.admin.query(`create table ledger.many partition of ledger.entry for values in ('${origin}/2026-01')`);
    const one = `{"callId":"call_x","connection":"ops","tool":"get_config","principal":"https://issuer.example#ci","outcome":"allow","facts":{"caller":{"groups":[]},"masked":{},"method":"tools/call","ruleIds":["read"]}}`;
    await world.admin.query(
      `insert into ledger.many (log, seq, entry, leaf, id, kind, at, instance, connection)
       select '${origin}/2026-01', n, $1, sha256('\\x00'::bytea || $1), gen_random_uuid(), 'request.received',
              '2026-01-01'::timestamptz + n * interval '1 ms', 'gw-1', 'ops' from generate_series(0, 30000) n`,
      [Buffer.from(one)],
    );
    const stricter = `${before}  - { id: not-that, match: { connection: ops, tool: get_config }, decision: block }\n`;
    const { out } = await replay(stricter, '--since', '2026-01-01', '--until', '2026-02-01');
    expect(out).toContain('changed by not-that: 30001\n');
    expect(out.split('\n').length).toBeLessThan(10_100);
    expect(out).toContain('… and 20001 more; --json lists all of them');
  }, 120_000);

  test.each([
    [['--limit', 'many'], '--limit is a number of calls'],
    [['--since', 'soon'], '--since is 90s, 30m, 12h or 7d ago'],
  ])('called wrongly says what to write and ends with 2 (%#)', async (args, message) => {
    expect(await replay(before, ...args)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });

  test('without a ledger ends with 2, and says so', async () => {
    const away = { ...env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    expect(await policyReplayCommand(['replay', await fileOf(before), '--since', '1d'], away)).toBe(2);
    vi.restoreAllMocks();
  });
});
