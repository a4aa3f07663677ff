import { describe, expect, test } from 'vitest';
import { ruleSchema, type RuleFile } from '../../../../gateway/config/rule-schema.ts';
import { judge, type Judgement } from '../../../../gateway/policy/judge.ts';
import type { JudgeInput } from '../../../../gateway/policy/judge-input.ts';
import { compileRule, type ApprovalNeed, type Policy, type Rule } from '../../../../gateway/policy/rule.ts';

const rounds = 2_000;
const strictness: Readonly<Record<Judgement['verdict'], number>> = { allow: 0, hold: 1, block: 2 };

/** Numbers below 1 that are the same in every run (mulberry32), so that a failure can be seen again. */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function generatorOf(seed: number) {
  const chance = chanceFrom(seed);
  const pick = <T>(...from: readonly [T, ...T[]]): T => from[Math.floor(chance() * from.length)] ?? from[0];
  const upTo = (max: number): number => Math.floor(chance() * (max + 1));
  const group = (name: string) => ({ name, members: [`${name}@example.com`] });
  const need = (): ApprovalNeed => ({
    groups: pick([group('sre')], [group('dba')], [group('dba'), group('sre')]),
    quorum: 1 + upTo(2),
    expiresAfterMs: 1_000 * (1 + upTo(2)),
    grantTtlMs: 1_000 * (1 + upTo(2)),
  });
  const match = (): RuleFile['match'] => ({
    ...pick({}, {}, { connection: 'ops' }, { connection: ['dev-*', 'files'] }),
    ...pick({}, {}, { tool: 'apply|get*' }, { method: '*' }, { uri: 'file:///srv/*' }),
    ...pick({}, {}, { claims: { groups: 'deployers' } }, { claims: { groups: { all: ['a', 'deployers'] } } }),
    ...pick({}, {}, { args: { '/sql': 'drop*' } }, { args: { '/sql': { not: 'select*' } } }, { args: { n: 1 } }),
  });
  const rule = (id: string, decision: Rule['decision'] = pick('allow', 'allow', 'require_approval', 'block')): Rule => {
    const reason = pick({}, { reason: `because of ${id}` });
    const file = ruleSchema.parse({ id, decision, match: match(), ...reason });
    return compileRule(file, decision === 'require_approval' && chance() < 0.8 ? need() : undefined);
  };
  const policy = (): Policy => ({
    rules: Array.from({ length: upTo(7) }, (_unused, index) => rule(`r${index}`)),
    defaultDecision: pick('block', 'allow', 'require_approval'),
    defaultApproval: need(),
  });
  const call = (): JudgeInput => ({
    connection: pick('ops', 'files', 'dev-1'),
    method: pick('tools/call', 'tools/call', 'resources/read', 'prompts/get', 'secrets/export', 'ping'),
    ...pick({}, { tool: 'apply' }, { tool: 'get_config' }, { tool: 'APPLY' }),
    ...pick({}, { uri: 'file:///srv/a' }, { uri: 'file:///srv/../a' }),
    caller: { issuer: 'i', subject: 's', actors: [], groups: pick<string[]>([], ['deployers'], ['a', 'deployers']) },
    args: pick({}, { sql: 'DROP table x' }, { sql: 'select 1', n: 1 }, { sql: ['drop'], n: '1' }, undefined),
    at: new Date(0),
  });
  const shuffle = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => ({ item, at: chance() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ item }) => item);
  return { policy, call, rule, shuffle };
}

describe('for any policy and any call', () => {
  test('the order of the rules changes nothing of the judgement', () => {
    const generate = generatorOf(1);
    const verdicts = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const policy = generate.policy();
      const call = generate.call();
      const judgement = judge(policy, call);
      verdicts.add(judgement.verdict);
      expect(judge({ ...policy, rules: generate.shuffle(policy.rules) }, call)).toEqual(judgement);
    }
    expect(verdicts).toEqual(new Set(['allow', 'hold', 'block']));
  });

  test('one more rule that blocks never loosens it', () => {
    const generate = generatorOf(2);
    let tightened = 0;
    for (let round = 0; round < rounds; round += 1) {
      const policy = generate.policy();
      const call = generate.call();
      const before = judge(policy, call);
      const after = judge({ ...policy, rules: [...policy.rules, generate.rule('more', 'block')] }, call);
      expect(strictness[after.verdict]).toBeGreaterThanOrEqual(strictness[before.verdict]);
      if (after.verdict !== before.verdict) tightened += 1;
      else if (after.verdict !== 'block') expect(after).toEqual(before);
    }
    expect(tightened).toBeGreaterThan(0);
  });

  test('one more rule that asks for approval never loosens what other rules decided', () => {
    const generate = generatorOf(3);
    for (let round = 0; round < rounds; round += 1) {
      const policy: Policy = { ...generate.policy(), defaultDecision: 'allow' };
      const call = generate.call();
      const before = judge(policy, call);
      if (before.verdict === 'block' && before.ruleIds.length === 0) continue;
      const after = judge({ ...policy, rules: [...policy.rules, generate.rule('more', 'require_approval')] }, call);
      expect(strictness[after.verdict]).toBeGreaterThanOrEqual(strictness[before.verdict]);
      if (before.verdict !== 'hold' || after.verdict !== 'hold') continue;
      expect(after.approval.quorum).toBeGreaterThanOrEqual(before.approval.quorum);
      expect(after.approval.expiresAfterMs).toBeLessThanOrEqual(before.approval.expiresAfterMs);
      expect(after.approval.groups).toEqual(expect.arrayContaining([...before.approval.groups]));
    }
  });
});
