import { describe, expect, test } from 'vitest';
import type { ApprovalRule } from '../../../../workflows/contract/approval.ts';
import type { Judgement } from '../../../../gateway/policy/judge.ts';
import { covers, missingApprovals } from '../../../../gateway/hold/approvals-needed.ts';
import { judgeGrant, type Grant, type GrantRefusal } from '../../../../gateway/hold/judge-grant.ts';
import { createChance } from '../../../support/chance.ts';

const people = ['ann@example.com', 'ben@example.com', 'cyd@example.com', 'dee@example.com'] as const;
const approvers = {
  sre: { members: [people[0], 'BEN@example.com'] },
  dba: { members: [people[1], people[2]] },
  legal: { members: [people[3]] },
};
type GroupName = keyof typeof approvers;

const openedAt = new Date('2026-11-24T10:00:00Z');
const minutes = (count: number): number => count * 60_000;
const after = (ms: number): Date => new Date(openedAt.getTime() + ms);

function need(groups: readonly GroupName[], quorum = 1, times: Partial<ApprovalRule> = {}): ApprovalRule {
  return {
    groups: groups.map((name) => ({ name, members: approvers[name].members })),
    quorum,
    expiresAfterMs: minutes(30),
    grantTtlMs: minutes(15),
    ...times,
  };
}

function grant(rule: ApprovalRule, ...principals: readonly string[]): Grant {
  const expiresAt = after(rule.expiresAfterMs).toISOString();
  const request = { openedAt: openedAt.toISOString(), expiresAt, policyDigest: 'A', rule };
  return { request, principals: new Set(principals) };
}

const hold = (approval: ApprovalRule): Judgement => ({ verdict: 'hold', ruleIds: ['held'], approval });
const block: Judgement = { verdict: 'block', ruleIds: ['blocked'], reason: 'Not any more.' };
const allow: Judgement = { verdict: 'allow', ruleIds: [] };

function judged(given: Grant, judgement: Judgement, now = after(minutes(1))): GrantRefusal | undefined {
  return judgeGrant(given, { judgement, policyDigest: 'B' }, approvers, now);
}

describe('a call that was approved, judged again', () => {
  const one = grant(need(['sre']), people[0]);

  test('runs under the same policy, and under one that has come to allow it', () => {
    expect(judged(one, hold(need(['sre'])))).toBeUndefined();
    expect(judged(one, allow)).toBeUndefined();
  });

  test('does not run once policy blocks it, and says by which version and rule', () => {
    expect(judged(one, block)).toEqual({
      code: 'blocked',
      policy: { reason: 'Not any more.', policyDigest: 'B', ruleIds: ['blocked'] },
    });
  });

  test.each<[string, ApprovalRule, string]>([
    ['more people', need(['sre'], 2), 'policy asks for more now: approval by 2 people, and has 1'],
    ['another group', need(['sre', 'legal']), 'policy asks for more now: approval by legal'],
    ['other people', need(['legal']), 'policy asks for more now: approval by legal'],
    [
      'less time',
      need(['sre'], 1, { expiresAfterMs: 1_000, grantTtlMs: 1_000 }),
      'policy gives approvals less time now',
    ],
  ])('does not run once policy asks for %s than it had', (_what, asked, reason) => {
    expect(judged(one, hold(asked))).toMatchObject({ code: 'expired', policy: { reason, policyDigest: 'B' } });
  });

  test('runs when it had as much as policy asks for now, be it by luck', () => {
    const two = grant(need(['sre', 'dba'], 2), people[0], people[2]);
    expect(judged(two, hold(need(['sre'])))).toBeUndefined();
    expect(judged(grant(need(['sre']), people[0], people[1]), hold(need(['sre', 'dba'], 2)))).toBeUndefined();
  });

  test('is held to what it was opened under, even when policy allows it now', () => {
    expect(judged(grant(need(['sre'], 2), people[0]), allow)).toMatchObject({ code: 'withheld' });
    expect(judged(one, allow, after(minutes(46)))).toMatchObject({ code: 'withheld' });
  });

  test('does not count who has left the group', () => {
    expect(judged(grant(need(['sre']), 'left@example.com'), allow)).toMatchObject({ code: 'withheld' });
  });

  test('tells a long reason in short', () => {
    const refusal = judged(one, { ...block, reason: '😀'.repeat(1_000) });
    const reason = refusal !== undefined && 'policy' in refusal ? refusal.policy.reason : '';
    expect(reason.length).toBeLessThanOrEqual(500);
    expect(reason.isWellFormed()).toBe(true);
  });
});

describe('for any two versions and any approvals', () => {
  const rounds = 20_000;
  const chance = createChance(11);
  const someGroups = () => chance.pick<readonly GroupName[]>([['sre'], ['dba'], ['sre', 'dba'], ['legal', 'sre']]);
  const someNeed = (): ApprovalRule =>
    need(someGroups(), 1 + chance.below(3), {
      expiresAfterMs: minutes(1 + chance.below(3)),
      grantTtlMs: minutes(1 + chance.below(3)),
    });
  const someJudgement = (): Judgement => chance.pick([block, allow, hold(someNeed()), hold(someNeed())]);
  const somePeople = () => people.filter(() => chance.below(2) === 0);
  /** By itself, as one version alone would have it: its people, its groups, its time. */
  const satisfied = (rule: ApprovalRule, by: readonly string[], now: Date): boolean => {
    const members = ({ name }: { name: string }) =>
      approvers[name as GroupName].members.map((each) => each.toLowerCase());
    const counted = by.filter((each) => rule.groups.some((group) => members(group).includes(each)));
    const everyGroup = rule.groups.every((group) => members(group).some((each) => by.includes(each)));
    return everyGroup && counted.length >= rule.quorum && now <= after(rule.expiresAfterMs + rule.grantTtlMs);
  };

  test('nothing runs that either of them would not let run', () => {
    const seen = { runs: 0, refused: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const opened = someNeed();
      const by = somePeople();
      const judgement = someJudgement();
      const now = after(minutes(chance.below(7)));
      const runs = judged(grant(opened, ...by), judgement, now) === undefined;
      const byThen = satisfied(opened, by, now);
      const byNow =
        judgement.verdict === 'allow' || (judgement.verdict === 'hold' && satisfied(judgement.approval, by, now));
      expect(runs).toBe(byThen && byNow);
      seen[runs ? 'runs' : 'refused'] += 1;
    }
    expect(seen.runs).toBeGreaterThan(rounds / 50);
    expect(seen.refused).toBeGreaterThan(rounds / 50);
  });

  test('whoever waits on in an older case is asked for nothing more there than policy asks for now', () => {
    let covered = 0;
    for (let round = 0; round < rounds; round += 1) {
      const [given, asked, by] = [someNeed(), someNeed(), new Set<string>(somePeople())];
      if (!covers(given, asked)) continue;
      covered += 1;
      if (missingApprovals(given, approvers, by) === undefined) {
        expect(missingApprovals(asked, approvers, by)).toBeUndefined();
      }
    }
    expect(covered).toBeGreaterThan(rounds / 50);
  });
});
