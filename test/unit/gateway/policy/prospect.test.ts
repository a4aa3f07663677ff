import { describe, expect, test } from 'vitest';
import { ruleSchema, type RuleFile } from '../../../../gateway/config/rule-schema.ts';
import { judge } from '../../../../gateway/policy/judge.ts';
import { mayEver, prospectOf, type OfferedCall, type Prospect } from '../../../../gateway/policy/prospect.ts';
import { compileRule, type ApprovalNeed, type Policy } from '../../../../gateway/policy/rule.ts';

const need: ApprovalNeed = {
  groups: [{ name: 'sre', members: ['sre@example.com'] }],
  quorum: 1,
  expiresAfterMs: 1_000,
  grantTtlMs: 1_000,
};

function policyOf(rules: Partial<RuleFile>[], more: Partial<Policy> = {}): Policy {
  return {
    rules: rules.map((rule, index) =>
      compileRule(
        ruleSchema.parse({ id: `r${index}`, decision: 'allow', ...rule }),
        rule.decision === 'require_approval' ? need : undefined,
      ),
    ),
    defaultDecision: 'block',
    defaultApproval: undefined,
    ...more,
  };
}

const caller = { issuer: 'i', subject: 'ci', groups: ['deployers'], actors: [] };
const offered = (changes: Partial<OfferedCall> = {}): OfferedCall => ({
  connection: 'ops',
  method: 'tools/call',
  tool: 'apply',
  caller,
  ...changes,
});

const block: Partial<RuleFile> = { decision: 'block' };
const hold: Partial<RuleFile> = { decision: 'require_approval' };
const some = { args: { '/key': 'a*' } };

describe('what may become of calls to a tool', () => {
  test.each<[string, Partial<RuleFile>[], Prospect]>([
    ['no rule', [], 'never'],
    ['an allowance', [{}], 'allowed'],
    ['an allowance of some arguments', [{ match: some }], 'allowed'],
    ['an allowance and a block', [{}, block], 'never'],
    ['an allowance and a block of some arguments', [{}, { ...block, match: some }], 'allowed'],
    ['a block of some arguments alone', [{ ...block, match: some }], 'never'],
    ['a block for somebody else', [{}, { ...block, match: { claims: { groups: 'readers' } } }], 'allowed'],
    ['an allowance for somebody else', [{ match: { claims: { groups: 'readers' } } }], 'never'],
    ['an approval', [hold], 'needs_approval'],
    ['an approval for some arguments alone', [{ ...hold, match: some }], 'needs_approval'],
    ['an allowance, and an approval for some arguments', [{}, { ...hold, match: some }], 'may_need_approval'],
    ['an approval, and an allowance of some arguments', [hold, { match: some }], 'needs_approval'],
    ['an approval and a block', [hold, block], 'never'],
    ['a rule about another tool', [{ match: { tool: 'other' } }], 'never'],
  ])('%s', (_name, rules, prospect) => {
    expect(prospectOf(policyOf(rules), offered())).toBe(prospect);
    expect(mayEver(policyOf(rules), offered())).toBe(prospect !== 'never');
  });

  test('an approval that nobody can give is no prospect', () => {
    const policy = policyOf([], { defaultDecision: 'require_approval' });
    expect(prospectOf(policy, offered())).toBe('never');
    expect(prospectOf({ ...policy, defaultApproval: need }, offered())).toBe('needs_approval');
  });

  test('the default counts where no rule is certain to speak', () => {
    const policy = policyOf([{ ...hold, match: some }], { defaultDecision: 'allow' });
    expect(prospectOf(policy, offered())).toBe('may_need_approval');
    const silent = policyOf([{ match: some }], { defaultDecision: 'require_approval', defaultApproval: need });
    expect(prospectOf(silent, offered())).toBe('may_need_approval');
  });
});

describe('what is listed by address', () => {
  const rules: Partial<RuleFile>[] = [{ match: { uri: 'file:///srv/*' } }, { ...block, match: { uri: '*secret*' } }];
  const at = (uri: string): OfferedCall => ({ connection: 'ops', method: 'resources/read', caller, uri });

  test('is judged by its own address', () => {
    expect(prospectOf(policyOf(rules), at('file:///srv/a'))).toBe('allowed');
    expect(prospectOf(policyOf(rules), at('file:///srv/secret'))).toBe('never');
    expect(prospectOf(policyOf(rules), at('file:///etc/a'))).toBe('never');
  });

  test('is shown as a template whenever some address of it may be read', () => {
    const template = { connection: 'ops', method: 'resources/read', caller, uriUnknown: true };
    expect(mayEver(policyOf(rules), template)).toBe(true);
    expect(mayEver(policyOf([block, ...rules]), template)).toBe(false);
    expect(mayEver(policyOf([{ ...block, match: { uri: '*' } }]), template)).toBe(false);
    expect(mayEver(policyOf([]), template)).toBe(false);
  });
});

describe('over all combinations of a few rules', () => {
  const matches = [{}, some, { args: { '/key': { not: 'a*' } } }, { args: { '/key': { exists: false } } }];
  const decisions = ['allow', 'block', 'require_approval'] as const;
  const all = decisions.flatMap((decision) => matches.map((match) => ({ decision, match })));
  const samples = [undefined, {}, { key: 'abc' }, { key: 'xyz' }, { key: 7 }];
  const defaults = decisions.map((defaultDecision) => ({ defaultDecision, defaultApproval: need }));

  test('never promises what no judgement keeps', () => {
    let compared = 0;
    for (const one of all) {
      for (const two of all) {
        for (const more of defaults) {
          const policy = policyOf([one, two], more);
          const prospect = prospectOf(policy, offered());
          const verdicts = samples.map((args) => judge(policy, { ...offered(), args, at: new Date(0) }).verdict);
          const known = `${JSON.stringify([one, two, more.defaultDecision])} ${verdicts.join()}`;
          if (prospect === 'never') expect(new Set(verdicts), known).toEqual(new Set(['block']));
          if (prospect === 'needs_approval') expect(verdicts, known).not.toContain('allow');
          if (prospect === 'allowed') expect(verdicts, known).not.toContain('hold');
          compared += verdicts.length;
        }
      }
    }
    expect(compared).toBe(12 * 12 * 3 * 5);
  });
});

describe('over all combinations of rules that ask for circumstances', () => {
  const matches = [
    {},
    { annotations: { destructiveHint: true } },
    { annotations: { readOnlyHint: true } },
    { delegated: true },
    { time: { tz: 'UTC', inside: 'Mon-Fri' } },
    { prompt: 'apply' },
  ];
  const decisions = ['allow', 'block', 'require_approval'] as const;
  const all = decisions.flatMap((decision) => [
    ...matches.map((match) => ({ decision, match })),
    { decision, match: {}, mode: 'shadow' as const },
  ]);
  const said: OfferedCall['annotations'][] = [
    { hints: {}, trusted: false },
    { hints: { readOnlyHint: true }, trusted: true },
    { hints: { readOnlyHint: true }, trusted: false },
  ];
  const moments = ['2026-11-24T12:00Z', '2026-11-28T12:00Z'];

  test.each([
    ['a list that tells what kind of tool it is', said.map((annotations) => ({ annotations, calls: [annotations] }))],
    ['a list that does not', [{ annotations: undefined, calls: [undefined, ...said] }]],
  ])('never promises what no judgement keeps: %s', (_name, kinds) => {
    const seen = new Set<Prospect>();
    for (const one of all) {
      for (const two of all) {
        const policy = policyOf([one, two] as Partial<RuleFile>[], { defaultApproval: need });
        for (const actors of [[], ['agent']]) {
          for (const { annotations, calls } of kinds) {
            const call = offered({ caller: { ...caller, actors } });
            const prospect = prospectOf(policy, annotations === undefined ? call : { ...call, annotations });
            seen.add(prospect);
            const verdicts = calls.flatMap((known) =>
              moments.map((at) => {
                const kind = known === undefined ? {} : { annotations: known };
                return judge(policy, { ...call, ...kind, args: {}, at: new Date(at) }).verdict;
              }),
            );
            const told = `${JSON.stringify([one, two, annotations])} ${verdicts.join()}`;
            if (prospect === 'never') expect(new Set(verdicts), told).toEqual(new Set(['block']));
            if (prospect === 'needs_approval') expect(verdicts, told).not.toContain('allow');
            if (prospect === 'allowed') expect(verdicts, told).not.toContain('hold');
          }
        }
      }
    }
    expect(seen.size).toBe(4);
  });
});
