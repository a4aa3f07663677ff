import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { ConfigError } from '../../../../gateway/config/problems.ts';

const head = `version: 1
publicUrl: http://127.0.0.1:1
connections: [{ name: ops, upstream: { url: "http://a" } }]
limits:
`;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-limits-'));
});
afterAll(() => rm(home, { recursive: true }));

async function load(limits: string, before = head) {
  const path = join(home, 'countersign.yaml');
  await writeFile(path, before + limits);
  return loadConfig([path], { env: {}, loopback: true, detectorsDigest: 'd' });
}

async function problemsOf(limits: string): Promise<string[]> {
  try {
    await load(limits);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('limits', () => {
  test('are read with their times in milliseconds, and are per caller unless told', async () => {
    const { limits } = await load('  - { id: a, rate: { calls: 5, within: 2m }, openApprovals: unlimited }\n');
    expect(limits).toMatchObject([
      { id: 'a', per: 'caller', rate: { calls: 5, withinMs: 120_000 }, openApprovals: Infinity },
    ]);
  });

  test('are part of the digest of the policy', async () => {
    const digestOf = async (limits: string): Promise<string> => (await load(limits)).policyDigest;
    const [one, two] = ['  - { id: a, concurrent: 1 }\n', '  - { id: b, concurrent: 2 }\n'];
    expect(await digestOf(one)).not.toBe(await digestOf(two));
    expect(await digestOf('  []')).toBe((await load('', head.replace('limits:\n', ''))).policyDigest);
  });

  test.each([
    ['{ id: a }', 'limits.0: limit a limits nothing: give it rate, concurrent, budget or openApprovals'],
    ['{ id: a, budget: {} }', 'limits.0.budget: a budget is of calls, of answerBytes, or of both'],
    [
      '{ id: a, rate: { calls: 5, within: 1m, burst: 6 } }',
      'limits.0.rate.burst: no more than 5 calls can ever come at once',
    ],
    ['{ id: a, per: session, openApprovals: 3 }', 'limits.0.openApprovals: open approvals are counted per caller'],
    [
      '{ id: a, match: { connection: opps }, concurrent: 1 }',
      'limits.0.match.connection: there is no connection "opps"; did you mean "ops"?',
    ],
    ['{ id: a, concurrent: 0 }', 'limits.0.concurrent: '],
    ['{ id: a, match: { args: { /a: b } }, concurrent: 1 }', 'limits.0.match.args: unknown key'],
  ])('that cannot do what their author means are refused: %s', async (limit, problem) => {
    expect(await problemsOf(`  - ${limit}\n`)).toEqual([expect.stringContaining(problem)]);
  });

  test('have ids of their own', async () => {
    const problems = await problemsOf('  - { id: a, concurrent: 1 }\n  - { id: a, concurrent: 2 }\n');
    expect(problems).toEqual([expect.stringMatching(/^limits\.1\.id: limit "a" stands already at /)]);
  });
});
