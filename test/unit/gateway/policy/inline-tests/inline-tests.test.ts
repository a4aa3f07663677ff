import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig, readConfig } from '../../../../../gateway/config/load.ts';
import { ConfigError } from '../../../../../gateway/config/problems.ts';

const options = { env: {}, loopback: true, detectorsDigest: 'd' };
const head = `version: 1
publicUrl: http://127.0.0.1:1
connections: [{ name: ops, upstream: { url: "http://a" } }]
approvers: { sre: { members: [a@b.co, c@b.co] }, dba: { members: [d@b.co] } }
rules:
  - { id: read, match: { connection: ops, tool: get, claims: { groups: readers } }, decision: allow }
  - id: restart
    match: { connection: ops, tool: restart, args: { /service: 'pay*' } }
    decision: require_approval
    reason: It interrupts customers.
    approval: { groups: [sre, dba], quorum: 2 }
  - { id: no-uris, match: { uri: 'file:///etc/*' }, decision: block }
tests:
`;
const restart = 'call: { connection: ops, tool: restart, args: { service: payments } }';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-tests-'));
});
afterAll(() => rm(home, { recursive: true }));

async function problemsOf(tests: string): Promise<string[]> {
  const file = join(home, 'countersign.yaml');
  await writeFile(file, `${head}${tests}`);
  try {
    loadConfig([file], options);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`);
  }
}

describe('an inline test', () => {
  test.each([
    `{ name: t, ${restart}, expect: { decision: require_approval, rule: restart, quorum: 2, groups: [sre, dba], reason: customers } }`,
    '{ name: t, call: { connection: ops, tool: get, caller: { groups: [readers] } }, expect: { decision: allow, rule: read } }',
    '{ name: t, call: { connection: ops, tool: get }, expect: { decision: block } }',
    '{ name: t, call: { connection: ops, uri: "file:///etc/passwd" }, expect: { decision: block, rule: no-uris } }',
    '{ name: t, call: { connection: ops, tool: get, at: 2026-11-24T09:00:00+01:00, purpose: a fix, annotations: { readOnlyHint: true } }, expect: { decision: block } }',
  ])('that the policy keeps lets it be taken (%#)', async (line) => {
    expect(await problemsOf(`  - ${line}\n`)).toEqual([]);
  });

  test.each([
    [
      `{ name: t, ${restart}, expect: { decision: allow, rule: read } }`,
      '14 tests.0: test "t" fails: expected allow by read, and it comes to require_approval by restart. ' +
        'Rule restart applies: the connection is ops; the tool is restart; argument /service is what the rule asks for. ' +
        'Rule read does not apply: the tool is restart, not get.',
    ],
    [
      `{ name: t, ${restart}, expect: { decision: require_approval, quorum: 1 } }`,
      'expected require_approval with a quorum of 1, and it comes to require_approval by restart with a quorum of 2.',
    ],
    [
      `{ name: t, ${restart}, expect: { decision: require_approval, groups: [sre] } }`,
      'of sre, and it comes to require_approval by restart of dba and sre.',
    ],
    [
      `{ name: t, ${restart}, expect: { decision: require_approval, reason: nobody } }`,
      'with the reason "It interrupts customers.".',
    ],
    [`{ name: t, ${restart}, expect: { decision: require_approval, rule: gone } }`, 'There is no rule gone.'],
    [
      '{ name: t, call: { connection: ops, tool: x }, expect: { decision: allow } }',
      'it comes to block by default, since no rule applies.',
    ],
    [
      '{ name: t, call: { connection: opps, tool: x }, expect: { decision: block } }',
      'there is no connection "opps"; did you mean "ops"?',
    ],
    ['{ name: t, call: { connection: ops }, expect: { decision: block } }', 'says not what is called'],
    [
      '{ name: t, call: { connection: ops, tol: x }, expect: { decision: block } }',
      '14 tests.0.call.tol: unknown key; did you mean "tool"?',
    ],
    [
      '{ name: t, call: { connection: ops, tool: x, at: soon }, expect: { decision: block } }',
      '14 tests.0.call.at: a time is written like',
    ],
  ])('that fails names its line, what was expected and what came instead (%#)', async (line, expected) => {
    expect(await problemsOf(`  - ${line}\n`)).toEqual([expect.stringContaining(expected)]);
  });

  test('names no value of an argument when it fails', async () => {
    const line =
      '{ name: t, call: { connection: ops, tool: restart, args: { service: payments-canary } }, expect: { decision: allow } }';
    const problems = await problemsOf(`  - ${line}\n`);
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('canary');
  });
});

test('thousands of tests are run in less time than it takes to read them', async () => {
  const line = (n: number): string =>
    `  - { name: t${n}, ${restart}, expect: { decision: require_approval, rule: restart } }\n`;
  const file = join(home, 'many.yaml');
  await writeFile(file, `${head}${Array.from({ length: 2_000 }, (_unused, n) => line(n)).join('')}`);
  const time = (load: (paths: readonly string[], given: typeof options) => unknown): number => {
    const began = performance.now();
    load([file], options);
    return performance.now() - began;
  };
  const reading = time(readConfig);
  // A busy machine is given some room.
  expect(time(loadConfig)).toBeLessThan(2 * reading + 1_000);
});
