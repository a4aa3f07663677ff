import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { policyCommand } from '../../../../gateway/cli/policy.ts';
import { shippedPackFile, shippedPacks } from '../../../../gateway/policy/packs/shipped.ts';
import { captured, type Captured } from '../../../support/captured.ts';

const policy = `version: 1
publicUrl: http://127.0.0.1:1
connections: [{ name: ops, upstream: { url: "http://a" } }]
approvers: { sre: { members: [a@example.com] } }
rules:
  - id: sre-first
    match: { connection: ops, tool: restart, claims: { groups: deployers } }
    decision: require_approval
    approval: { groups: [sre], expires: 5m }
  - id: no-drop
    match: { connection: ops, args: { /sql: drop* } }
    decision: block
    reason: Nothing is dropped here.
`;

let home: string;
let sound: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-cli-'));
  sound = join(home, 'countersign.yaml');
  await writeFile(sound, policy);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(home, { recursive: true });
});

function run(...args: string[]): Promise<Captured> {
  return captured(() => policyCommand(args));
}

describe('countersign policy check', () => {
  test('says that a sound file is sound', async () => {
    expect(await run('check', sound)).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 connections, 2 rules'),
    });
    const { out } = await run('check', sound, '--json');
    expect(JSON.parse(out)).toEqual({
      ok: true,
      policyDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      warnings: expect.any(Array),
    });
  });

  test('names the line of every problem, and ends with 1', async () => {
    await writeFile(sound, `${policy}    wen: 'true'\n`);
    const { code, err } = await run('check', sound);
    expect([code, err]).toEqual([1, expect.stringContaining(`${sound}:14:5  rules.1.wen: unknown key`)]);
    const { out } = await run('check', sound, '--json');
    expect(JSON.parse(out)).toMatchObject({ ok: false, problems: [{ file: sound, line: 14, path: 'rules.1.wen' }] });
  });
});

describe('countersign policy test', () => {
  const tests = (decision: string) => `tests:
  - { name: a restart waits, call: { connection: ops, tool: restart, caller: { groups: [deployers] } }, expect: { decision: ${decision} } }
`;

  test('runs what stands in the files, and ends with 0 when all of it passes', async () => {
    await writeFile(sound, policy + tests('require_approval'));
    const { code, out } = await run('test', sound);
    expect([code, out]).toEqual([0, `${sound}\n  ✓ a restart waits\n1 tests, 0 failed\n`]);
  });

  test('says of a test that fails what came instead, and ends with 1', async () => {
    await writeFile(sound, policy + tests('allow'));
    const { code, out } = await run('test', sound);
    expect(code).toBe(1);
    expect(out).toContain(
      '✗ a restart waits\n      line 15: test "a restart waits" fails: expected allow, and it comes to',
    );
    const { out: json } = await run('test', sound, '--json');
    expect(JSON.parse(json)).toMatchObject({ ok: false, tests: [{ name: 'a restart waits', problem: { line: 15 } }] });
  });

  test('runs those of packs, by name or by file', async () => {
    const [name = ''] = shippedPacks();
    for (const pack of [name, shippedPackFile(name)]) {
      expect(await run('test', pack)).toMatchObject({ code: 0, out: expect.stringMatching(/tests, 0 failed\n$/) });
    }
  });

  test('says that there are none', async () => {
    expect((await run('test', sound)).out).toBe('there are no tests in these files\n');
  });
});

describe('countersign policy schema', () => {
  test('prints the schema of files, and of packs', async () => {
    expect(JSON.parse((await run('schema')).out)).toMatchObject({ title: 'countersign.yaml' });
    expect(JSON.parse((await run('schema', 'pack')).out)).toMatchObject({ title: 'A pack of rules' });
    expect(await run('schema', 'rule')).toMatchObject({ code: 2 });
  });
});

describe('countersign policy explain', () => {
  const call = ['--connection', 'ops', '--tool', 'restart', '--group', 'deployers'];

  test('tells the verdict, and of each rule whether it applies', async () => {
    const { code, out } = await run('explain', sound, ...call);
    expect(code).toBe(0);
    expect(out).toBe(`verdict: hold
asks:    1 of sre, within 5 minutes
  –        no-drop (block): argument /sql is absent
  applies  sre-first (require_approval): the connection is ops; the tool is restart; the groups of the caller include deployers
`);
  });

  test('asks what the language asks: the time, who acts, what the server says, and what a command does', async () => {
    await writeFile(
      sound,
      `version: 1
publicUrl: http://127.0.0.1:1
connections:
  - { name: ops, upstream: { url: "http://a" }, trustAnnotations: true, tools: { run: { dialect: bash, field: /c } } }
approvers: { sre: { members: [a@example.com] } }
defaults: { approval: { groups: [sre] } }
rules:
  - { id: readers, match: { annotations: { readOnlyHint: true } }, decision: allow }
  - { id: nights, match: { time: { tz: Europe/Berlin, outside: "08:00-20:00" } }, decision: block, mode: shadow }
  - { id: agents, match: { delegated: true }, decision: require_approval }
  - { id: greeting, match: { prompt: hello }, decision: allow, purpose: required, mask: { fields: [ssn] } }
`,
    );
    const night = ['--at', '2026-11-24T23:00:00Z'];
    const facts = [...night, '--actor', 'agent-1', '--annotation', 'readOnlyHint=true'];
    const { out } = await run('explain', sound, '--connection', 'ops', '--tool', 'get', ...facts);
    expect(out).toBe(`verdict: hold
asks:    1 of sre, within 30 minutes
shadow:  nights would decide block
  applies  agents (require_approval): somebody acts for the caller
  –        greeting (allow): the method is tools/call, which this rule does not speak of
  applies  nights (block, shadow): it is Wed 00:00 in Europe/Berlin, outside 08:00-20:00
  applies  readers (allow): the server says readOnlyHint: true
`);
    const command = ['--tool', 'run', '--args', '{"c":["x"]}', '--annotation', 'none', ...night, '--json'];
    const { out: json } = await run('explain', sound, '--connection', 'ops', ...command);
    expect(JSON.parse(json)).toMatchObject({
      acts: [{ system: 'shell', effects: expect.arrayContaining(['unknown']) }],
      rules: [{}, {}, {}, { mismatch: 'the server does not say readOnlyHint' }, { id: 'countersign.default' }, {}],
    });
    const prompt = ['explain', sound, '--connection', 'ops', '--prompt', 'hello', ...night];
    expect((await run(...prompt)).out).toContain('verdict: block\nreason:  It does not say why.\nneeds:   a purpose\n');
    expect((await run(...prompt, '--purpose', 'an incident')).out).toContain('verdict: allow\nhides:   ssn\n');
  });

  test('judges arguments as well', async () => {
    const { out } = await run('explain', sound, ...call, '--args', '{"sql":"DROP TABLE x"}', '--json');
    expect(JSON.parse(out)).toMatchObject({ judgement: { verdict: 'block', reason: 'Nothing is dropped here.' } });
  });
});

test.each([
  [['tset', 'x'], 'write check, test'],
  [['check'], 'countersign policy check FILE'],
  [['check', 'x', '--sincerely'], "Unknown option '--sincerely'"],
  [['explain', 'x', '--tool', 'a'], '--connection NAME'],
  [['explain', 'x', '--connection', 'a'], '--tool NAME'],
  [['explain', 'x', '--connection', 'a', '--tool', 'b', '--args', '{'], '--args is not JSON'],
  [['explain', 'x', '--connection', 'a', '--tool', 'b', '--prompt', 'c'], '--tool or --prompt'],
  [['explain', 'x', '--connection', 'a', '--tool', 'b', '--at', 'noon'], '--at is no time'],
  [['explain', 'x', '--connection', 'a', '--tool', 'b', '--at', '2026-11-24T23:00:00'], '--at is no time with a zone'],
  [['explain', 'x', '--connection', 'a', '--tool', 'b', '--annotation', 'readOnly=true'], 'is no hint'],
])('countersign policy %j, called wrongly, says what to write and ends with 2', async (args, message) => {
  expect(await run(...args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) });
});
