import { describe, expect, test } from 'vitest';
import { ruleSchema, type RuleFile } from '../../../../gateway/config/rule-schema.ts';
import type { Act, Effect, System } from '../../../../gateway/policy/commands/command.ts';
import { explain } from '../../../../gateway/policy/explain.ts';
import { judge, type Judgement } from '../../../../gateway/policy/judge.ts';
import type { JudgeInput } from '../../../../gateway/policy/judge-input.ts';
import { isApprovable } from '../../../../gateway/policy/methods.ts';
import { compileRule, type ApprovalNeed, type Policy, type Rule } from '../../../../gateway/policy/rule.ts';

const rounds = 2_000;
const act = (system: System, effect: Effect, construct: string, programs: string[] = []): Act => ({
  system,
  effects: [effect],
  construct,
  targets: { programs },
});
const acts: readonly (readonly Act[])[] = [
  [act('sql', 'read', 'SELECT')],
  [act('sql', 'read', 'SELECT'), act('sql', 'ddl', 'DROP TABLE')],
  [act('shell', 'write', 'rm', ['rm'])],
  [act('sql', 'unknown', 'DO')],
];
const commandOf = (some: readonly Act[] | undefined) =>
  some === undefined ? {} : { command: { dialect: 'bash' as const, acts: some } };
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
    ...pick(
      {},
      {},
      {},
      { time: { tz: 'UTC', outside: 'Mon-Fri 09:00-18:00' } },
      { time: { tz: 'UTC', inside: 'Sat' } },
    ),
    ...pick({}, {}, {}, { annotations: { destructiveHint: true } }, { annotations: { readOnlyHint: true } }),
    ...pick({}, {}, {}, { delegated: true }, { delegated: false }),
    ...pick({}, {}, {}, { sql: { effects: ['read'] } }, { sql: { effects: ['ddl'] }, shell: { programs: 'rm' } }),
  });
  const rule = (
    id: string,
    decision: Rule['decision'] = pick('allow', 'allow', 'require_approval', 'block'),
    mode: RuleFile['mode'] = pick('enforce', 'enforce', 'enforce', 'shadow'),
  ): Rule => {
    const reason = pick({}, { reason: `because of ${id}` });
    const file = ruleSchema.parse({ id, decision, mode, match: match(), ...reason });
    return compileRule(file, decision === 'require_approval' && chance() < 0.8 ? need() : undefined);
  };
  const policy = (): Policy => ({
    rules: Array.from({ length: upTo(7) }, (_unused, index) => rule(`r${index}`)),
    defaultDecision: pick('block', 'allow', 'require_approval'),
    defaultApproval: need(),
  });
  const call = (
    method = pick('tools/call', 'tools/call', 'resources/read', 'prompts/get', 'secrets/export', 'ping'),
  ): JudgeInput => ({
    connection: pick('ops', 'files', 'dev-1'),
    method,
    ...pick({}, { tool: 'apply' }, { tool: 'get_config' }, { tool: 'APPLY' }),
    ...pick({}, { uri: 'file:///srv/a' }, { uri: 'file:///srv/../a' }),
    caller: {
      issuer: 'i',
      subject: 's',
      actors: pick<string[]>([], [], ['agent']),
      groups: pick<string[]>([], ['deployers'], ['a', 'deployers']),
    },
    args: pick({}, { sql: 'DROP table x' }, { sql: 'select 1', n: 1 }, { sql: ['drop'], n: '1' }, undefined),
    at: new Date(pick('2026-11-24T12:00Z', '2026-11-24T20:00Z', '2026-11-28T12:00Z', 'never')),
    ...pick(
      {},
      { annotations: { hints: {}, trusted: true } },
      { annotations: { hints: { readOnlyHint: true }, trusted: pick(true, false) } },
    ),
    ...(method === 'tools/call' ? commandOf(pick(undefined, ...acts)) : {}),
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
      const after = judge({ ...policy, rules: [...policy.rules, generate.rule('more', 'block', 'enforce')] }, call);
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
      const after = judge(
        { ...policy, rules: [...policy.rules, generate.rule('more', 'require_approval', 'enforce')] },
        call,
      );
      expect(strictness[after.verdict]).toBeGreaterThanOrEqual(strictness[before.verdict]);
      if (before.verdict !== 'hold' || after.verdict !== 'hold') continue;
      expect(after.approval.quorum).toBeGreaterThanOrEqual(before.approval.quorum);
      expect(after.approval.expiresAfterMs).toBeLessThanOrEqual(before.approval.expiresAfterMs);
      expect(after.approval.groups).toEqual(expect.arrayContaining([...before.approval.groups]));
    }
  });

  test('the approval is the largest quorum, every group and the shortest times of the rules that hold it', () => {
    const generate = generatorOf(4);
    let merged = 0;
    for (let round = 0; round < rounds; round += 1) {
      const rules = ['a', 'b', 'c', 'd'].map((id) => generate.rule(id, 'require_approval', 'enforce'));
      const policy = { ...generate.policy(), rules };
      const judgement = judge(policy, generate.call());
      if (judgement.verdict !== 'hold' || judgement.ruleIds.length === 0) continue;
      const holding = rules.filter(({ id }) => judgement.ruleIds.includes(id));
      const needs = holding
        .map(({ approval }) => approval ?? policy.defaultApproval)
        .filter((need) => need !== undefined);
      const groups = new Set(needs.flatMap((need) => need.groups.map(({ name }) => name)));
      expect(judgement.approval).toEqual({
        groups: [...groups].toSorted().map((name) => ({ name, members: [`${name}@example.com`] })),
        quorum: Math.max(...needs.map(({ quorum }) => quorum)),
        expiresAfterMs: Math.min(...needs.map(({ expiresAfterMs }) => expiresAfterMs)),
        grantTtlMs: Math.min(...needs.map(({ grantTtlMs }) => grantTtlMs)),
      });
      if (needs.length > 1) merged += 1;
    }
    expect(merged).toBeGreaterThan(20);
  });

  test('rules in shadow mode change nothing but what is told of them, and that is what they would decide', () => {
    const generate = generatorOf(5);
    let told = 0;
    for (let round = 0; round < rounds; round += 1) {
      const policy = generate.policy();
      const call = generate.call();
      const { shadow = [], ...judgement } = judge(policy, call);
      expect(judge({ ...policy, rules: policy.rules.filter((rule) => !rule.shadow) }, call)).toEqual(judgement);
      for (const rule of policy.rules.filter((each) => each.shadow)) {
        const alone = judge({ ...policy, rules: [{ ...rule, shadow: false }] }, call);
        const applies = alone.ruleIds.includes(rule.id);
        expect(shadow.filter(({ ruleId }) => ruleId === rule.id)).toEqual(
          applies ? [{ ruleId: rule.id, decision: rule.decision }] : [],
        );
        told += Number(applies);
      }
    }
    expect(told).toBeGreaterThan(50);
  });

  test('an explanation names exactly the rules that decide as those that apply', () => {
    const generate = generatorOf(6);
    for (let round = 0; round < rounds; round += 1) {
      const policy = generate.policy();
      const call = generate.call();
      const { judgement, rules } = explain(policy, call);
      const applying = rules.filter(({ mismatch }) => mismatch === undefined).map(({ id }) => id);
      expect(applying).toEqual(expect.arrayContaining([...judgement.ruleIds]));
      // What cannot be held is blocked by the rules that would hold it.
      if (judgement.verdict === 'block' && !isApprovable(call.method)) continue;
      const strictest = judgement.verdict === 'hold' ? 'require_approval' : judgement.verdict;
      const deciding = rules.filter(
        ({ id, decision, mode, mismatch }) =>
          mismatch === undefined && mode === undefined && decision === strictest && !id.startsWith('countersign.'),
      );
      const named = judgement.ruleIds.filter((id) => !id.startsWith('countersign.'));
      expect(deciding.map(({ id }) => id).toSorted()).toEqual(named.toSorted());
    }
  });
});
