import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Config } from '../../../../gateway/config/config.ts';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { commandOf } from '../../../../gateway/policy/commands/read-command.ts';
import type { Judgement } from '../../../../gateway/policy/judge.ts';
import type { JudgeInput } from '../../../../gateway/policy/judge-input.ts';
import { judgeAsked } from '../../../../gateway/policy/own-rules.ts';

interface Expectation {
  readonly name: string;
  readonly call: {
    readonly connection: string;
    readonly tool?: string;
    readonly method?: string;
    readonly uri?: string;
    readonly args?: JudgeInput['args'];
    readonly caller?: Partial<JudgeInput['caller']>;
    readonly at?: string;
    readonly annotations?: Record<string, boolean>;
    readonly purpose?: { readonly code: string };
  };
  readonly expect: {
    readonly decision: string;
    readonly rule?: string;
    readonly quorum?: number;
    readonly groups?: readonly string[];
    readonly reason?: string;
  };
}

const page = readFileSync(new URL('../../../../gateway/policy/README.md', import.meta.url), 'utf8');
const [base = '', ...examples] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml]) => yaml ?? '');
const titles = [...page.matchAll(/^### \d+\. (.*)$/gm)].map(([, title]) => title ?? '');
const titled = examples.map((example, index) => [titles[index] ?? '', example] as const);
const decisions: Readonly<Record<Judgement['verdict'], string>> = {
  allow: 'allow',
  block: 'block',
  hold: 'require_approval',
};

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-reference-'));
  await writeFile(join(home, 'base.yaml'), base);
});
afterAll(() => rm(home, { recursive: true }));

async function load(example: string) {
  const { tests, ...rest } = parse(example) as { readonly tests: readonly Expectation[] };
  const file = join(home, 'example.yaml');
  await writeFile(file, stringify(rest));
  const options = { env: {}, loopback: false, detectorsDigest: 'd' };
  return { tests, config: loadConfig([join(home, 'base.yaml'), file], options) };
}

/** What the gateway would make of the call of an expectation. */
function judged({ policy, connections }: Config, { call }: Expectation): Judgement {
  const { connection, tool, uri, args, caller, at = '2026-01-01T12:00:00Z' } = call;
  const { trusted = false, ...hints } = call.annotations ?? {};
  const known = connections.find(({ name }) => name === connection);
  const command = known === undefined ? undefined : commandOf(known, tool, args);
  return judgeAsked(policy, {
    connection,
    method: call.method ?? (tool === undefined ? 'resources/read' : 'tools/call'),
    caller: { issuer: 'https://issuer.test', subject: 'somebody', groups: [], actors: [], ...caller },
    args,
    at: new Date(at),
    ...(tool === undefined ? {} : { tool }),
    ...(uri === undefined ? {} : { uri }),
    ...(command === undefined ? {} : { command }),
    ...(call.purpose === undefined
      ? {}
      : { purpose: { ...call.purpose, text: '', source: 'meta', claimedBy: 'agent' } }),
    ...(call.annotations === undefined ? {} : { annotations: { hints, trusted } }),
  });
}

describe('the reference of the policy language', () => {
  test('has ten worked examples', () => {
    expect([titles.length, examples.length]).toEqual([10, 10]);
  });

  test.each(titled)('is right: %s', async (_title, example) => {
    const { tests, config } = await load(example);
    const rules = new Set(config.policy.rules.map(({ id }) => id));
    expect(tests.length).toBeGreaterThanOrEqual(2);
    for (const expectation of tests) {
      const { decision, rule, quorum, groups, reason } = expectation.expect;
      const judgement = judged(config, expectation);
      const came = JSON.stringify(judgement);
      expect(decisions[judgement.verdict], `${expectation.name}: ${came}`).toBe(decision);
      if (rule !== undefined) expect(judgement.ruleIds, expectation.name).toContain(rule);
      if (rule !== undefined && !rule.startsWith('countersign.')) expect(rules).toContain(rule);
      if (reason !== undefined) expect(came).toContain(reason);
      if (quorum === undefined && groups === undefined) continue;
      const { approval } = judgement as Extract<Judgement, { verdict: 'hold' }>;
      if (quorum !== undefined) expect(approval.quorum).toBe(quorum);
      if (groups !== undefined) expect(approval.groups.map(({ name }) => name)).toEqual(groups.toSorted());
    }
  });

  test.each(titled)('has no rule that its own expectations do not need: %s', async (_title, example) => {
    const { tests, config } = await load(example);
    const came = (policy: Config['policy']) =>
      tests.map((expectation) => JSON.stringify(judged({ ...config, policy }, expectation)));
    const now = came(config.policy);
    for (const rule of config.policy.rules) {
      const without = config.policy.rules.filter((each) => each !== rule);
      expect(came({ ...config.policy, rules: without }), `without ${rule.id}`).not.toEqual(now);
    }
  });
});
