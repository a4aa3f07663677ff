import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../../gateway/config/load.ts';
import { ConfigError } from '../../../../../gateway/config/problems.ts';
import { judge } from '../../../../../gateway/policy/judge.ts';

const options = { env: {}, loopback: true, detectorsDigest: 'd' };
const head = `version: 1
publicUrl: http://127.0.0.1:1
connections:
  - { name: prod, upstream: { url: "http://a" } }
  - { name: dev, upstream: { url: "http://a" } }
`;
const pack = `name: no-drops
description: Nothing is dropped.
rules:
  - id: drops
    match: { args: { /sql: 'drop*' } }
    decision: block
    reason: Nothing is dropped.
tests:
  - { name: a drop, call: { dialect: sql, args: { sql: drop table x } }, expect: { decision: block, rule: drops } }
`;

let home: string;
let config: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-packs-'));
  config = join(home, 'countersign.yaml');
});
afterAll(() => rm(home, { recursive: true }));

async function load(uses: string, packText = pack) {
  await writeFile(join(home, 'pack.yaml'), packText);
  await writeFile(config, `${head}${uses}`);
  return loadConfig([config], options);
}

async function problemsOf(uses: string, packText = pack): Promise<string[]> {
  try {
    await load(uses, packText);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(
      ({ file, line, path, message }) => `${file.slice(home.length + 1)}:${line} ${path}: ${message}`,
    );
  }
}

describe('a pack', () => {
  const call = (connection: string, tool: string) => ({
    connection,
    method: 'tools/call',
    tool,
    caller: { issuer: 'i', subject: 's', groups: [], actors: [] },
    args: { sql: 'DROP table x' },
    at: new Date(0),
  });

  test('applies where it is used and nowhere else, under its own name', async () => {
    const { policy } = await load(
      'packs: [{ pack: ./pack.yaml, connection: "pr*", tool: "run*" }]\ndefaults: { decision: allow }\n',
    );
    expect(judge(policy, call('prod', 'run_sql'))).toMatchObject({ verdict: 'block', ruleIds: ['no-drops/drops'] });
    expect(judge(policy, call('dev', 'run_sql')).verdict).toBe('allow');
    expect(judge(policy, call('prod', 'get')).verdict).toBe('allow');
  });

  test('may be used twice under two names', async () => {
    const { policy } = await load(
      'packs:\n  - { pack: ./pack.yaml, connection: prod }\n  - { pack: ./pack.yaml, as: dev-drops, connection: dev }\n',
    );
    expect(policy.rules.map(({ id }) => id)).toEqual(['dev-drops/drops', 'no-drops/drops']);
  });

  test('changes the digest of the policy with what it says', async () => {
    const use = 'packs: [{ pack: ./pack.yaml, connection: prod }]\n';
    const before = (await load(use)).policyDigest;
    expect((await load(use)).policyDigest).toBe(before);
    expect((await load(use, pack.replaceAll('Nothing is', 'Nothing here is'))).policyDigest).not.toBe(before);
  });

  test.each([
    [
      'packs: [{ pack: no-such-pack, connection: prod }]',
      'countersign.yaml:6 packs.0.pack: there is no pack "no-such-pack"',
    ],
    ['packs: [{ pack: ./gone.yaml, connection: prod }]', 'countersign.yaml:6 packs.0.pack: the file'],
    ['packs: [{ pack: ./pack.yaml }]', 'countersign.yaml:6 packs.0.connection: '],
    [
      'packs: [{ pack: ./pack.yaml, connection: prood }]',
      'packs.0.connection: there is no connection "prood"; did you mean "prod"?',
    ],
    [
      'packs:\n  - { pack: ./pack.yaml, connection: prod }\n  - { pack: ./pack.yaml, connection: dev }',
      'countersign.yaml:8 packs.1.pack: pack "no-drops" is used above already',
    ],
    [
      'rules: [{ id: no-drops/drops, decision: block }]\npacks: [{ pack: ./pack.yaml, connection: prod }]',
      'countersign.yaml:7 packs.0: rule "no-drops/drops" stands already at',
    ],
  ])('used wrongly is a problem where it is used (%#)', async (uses, expected) => {
    expect(await problemsOf(`${uses}\n`)).toEqual([expect.stringContaining(expected)]);
  });

  test.each([
    [
      pack.replace('decision: block\n', 'decision: allow\n'),
      'pack.yaml:6 rules.0.decision: a pack restricts and never allows',
    ],
    [
      pack.replace('match: {', 'match: { connection: prod,'),
      'pack.yaml:5 rules.0.match.connection: where a pack applies',
    ],
    [
      pack.replace('decision: block\n', 'decison: block\n'),
      'pack.yaml:6 rules.0.decison: unknown key; did you mean "decision"?',
    ],
    [
      pack.replace('rule: drops }', 'rule: drop }'),
      'pack.yaml:9 tests.0.expect.rule: there is no rule "drop" in this pack',
    ],
    [pack.replace('args: { sql: drop table x }', 'tool: x'), 'pack.yaml:9 tests.0.call: a call has either'],
    [`${pack}a: [`, 'pack.yaml:10'],
  ])('that is not sound is a problem in its own file (%#)', async (text, expected) => {
    expect((await problemsOf('packs: [{ pack: ./pack.yaml, connection: prod }]\n', text)).join('\n')).toContain(
      expected,
    );
  });

  test('whose own test fails is not taken', async () => {
    const failing = pack.replace("'drop*'", "'truncate*'");
    expect(await problemsOf('packs: [{ pack: ./pack.yaml, connection: prod }]\n', failing)).toEqual([
      expect.stringContaining('pack.yaml:9 tests.0: test "a drop" fails: expected block by drops, and it comes to'),
    ]);
  });

  test('that asks for approvals needs somebody who approves', async () => {
    const holding = pack
      .replace('decision: block\n', 'decision: require_approval\n')
      .replace('decision: block,', 'decision: require_approval,');
    const use = 'packs: [{ pack: ./pack.yaml, connection: prod }]\n';
    expect(await problemsOf(use, holding)).toEqual([expect.stringContaining('set defaults.approval')]);
    const approvers = 'approvers: { sre: { members: [a@b.co] } }\ndefaults: { approval: { groups: [sre] } }\n';
    expect(await problemsOf(`${use}${approvers}`, holding)).toEqual([]);
  });

  test('whose rules name their tools is used without a tool', async () => {
    const named = pack
      .replace('match: {', 'match: { tool: run_sql,')
      .replace('dialect: sql,', 'dialect: sql, tool: run_sql,');
    expect(await problemsOf('packs: [{ pack: ./pack.yaml, connection: prod }]\n', named)).toEqual([]);
    expect(await problemsOf('packs: [{ pack: ./pack.yaml, connection: prod, tool: x }]\n', named)).toEqual([
      expect.stringContaining('packs.0.tool: rule drops of this pack says by itself'),
    ]);
  });
});
