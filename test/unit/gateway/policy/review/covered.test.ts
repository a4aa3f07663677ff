import { describe, expect, test } from 'vitest';
import { ruleSchema, type RuleFile } from '../../../../../gateway/config/rule-schema.ts';
import type { Act, Command } from '../../../../../gateway/policy/commands/command.ts';
import type { Judgement } from '../../../../../gateway/policy/judge.ts';
import type { JudgeInput } from '../../../../../gateway/policy/judge-input.ts';
import { judgeAsked as judge } from '../../../../../gateway/policy/own-rules.ts';
import { beyondAscii, coveredRules } from '../../../../../gateway/policy/review/covered.ts';
import { coversScope, scopeOf } from '../../../../../gateway/policy/review/scope.ts';
import { compileRule, type ApprovalNeed, type Policy } from '../../../../../gateway/policy/rule.ts';
import { createChance } from '../../../../support/chance.ts';

const policies = 3_000;
const callsEach = 60;
const connections = ['ops', 'files', 'dev-1'];

function generatorOf(seed: number) {
  const chance = createChance(seed);
  const pick = <T>(...from: readonly [T, ...T[]]): T => chance.pick(from);
  const effects = (): string[] => pick(['write'], ['write', 'ddl'], ['read'], ['read', 'write']);
  const sql = (): object =>
    pick(
      {},
      { effects: effects() },
      { constructs: pick<unknown>('DROP*', 'drop table', ['SELECT', 'DROP*']) },
      { effects: effects(), relations: pick('pay*', 'payroll') },
    );
  const match = (): object => ({
    ...pick({}, {}, { connection: 'ops' }, { connection: ['dev-*', 'ops'] }, { connection: '*' }),
    ...pick<object>(
      {},
      { tool: pick('get*', 'get*', 'get_*', 'get_config', 'GET_*|set', '*', 'g?t_config', 'get_é*', 'run') },
      { tool: pick('get*', 'get_config|set', '*_config') },
      { method: pick<unknown>('*', 'tools/call', 'Tools/*', ['tools/call', 'prompts/get']) },
      { uri: pick('file:///srv/*', 'file:///srv/a*', 'file:///srv/../a') },
    ),
    ...pick<object>(
      {},
      {},
      { claims: { groups: pick('deployers', 'DEPLOYERS', 'dep*') } },
      { claims: { groups: pick<object>({ all: ['a', 'deployers'] }, { any: ['a', 'deployers'] }) } },
      { claims: { email: 'A@*' } },
    ),
    ...pick<object>(
      {},
      {},
      { args: { '/x': pick<unknown>('drop*', 'a*', 'a*', 'DROP table', '*', 'a/*', 'a/b', 'a/../b', 1, true) } },
      { args: { x: pick<object>({ not: 'a*' }, { any: ['a', 'drop*'] }, { exists: true }, { exists: false }) } },
      { sql: sql() },
      { sql: sql(), shell: pick<object>({}, { programs: 'rm' }) },
      { annotations: pick<object>({ readOnlyHint: true }, { destructiveHint: true, readOnlyHint: true }) },
      { purpose: pick<object>({ given: true }, { codes: ['support'] }) },
      { delegated: pick(true, false) },
      {
        time: pick<object>({ tz: 'UTC', outside: 'Mon-Fri 08:00-18:00' }, { tz: 'UTC', inside: 'Mon-Fri 08:00-18:00' }),
      },
    ),
  });
  const need = (): ApprovalNeed => ({
    groups: pick([{ name: 'sre', members: [] }], [{ name: 'dba', members: [] }]),
    quorum: pick(1, 2),
    expiresAfterMs: pick(1_000, 2_000),
    grantTtlMs: 1_000,
  });
  const rule = (id: string) => {
    const decision = pick('allow', 'allow', 'require_approval', 'block');
    const more = decision === 'allow' ? pick({}, {}, { record: 'workflow' }) : pick({}, { reason: pick('one', 'two') });
    const others = pick<object>(
      {},
      {},
      {},
      { when: 'has(args.x) && args.x == "a"' },
      { mode: 'shadow' },
      { mask: { fields: ['salary'] } },
      { purpose: 'required' },
    );
    const file = ruleSchema.parse({ id, decision, match: match(), ...more, ...others });
    return { file, rule: compileRule(file, decision === 'require_approval' ? need() : undefined) };
  };
  const act = (): Act => ({
    system: pick('sql', 'sql', 'shell'),
    effects: pick<Act['effects']>(['write'], ['read'], ['ddl', 'destroy'], ['unknown']),
    construct: pick('DROP TABLE', 'SELECT', 'rm -r'),
    targets: pick<Act['targets']>({}, { relations: ['payroll'] }, { relations: ['x', 'pay'] }, { programs: ['rm'] }),
  });
  const command = (): { command?: Command } =>
    pick<{ command?: Command }>({}, { command: { dialect: 'sql', acts: pick([act()], [act(), act()]) } });
  const call = (): JudgeInput => ({
    connection: pick('ops', 'files', 'dev-1'),
    method: pick('tools/call', 'tools/call', 'TOOLS/CALL', 'resources/read', 'prompts/get', 'secrets/export'),
    ...pick(
      {},
      {
        tool: pick(
          'get_config',
          'get',
          'get\u030c',
          'get\u030cx',
          'GET_CONFIG',
          'set',
          'ge\u0301t_config',
          'get_é',
          'run',
          'git_config',
        ),
      },
    ),
    ...pick({}, { uri: pick('file:///srv/a', 'file:///srv/../a', 'file:///srv//a', 'FILE:///SRV/ab') }),
    caller: {
      issuer: 'i',
      subject: 's',
      actors: pick<string[]>([], ['agent']),
      groups: pick<string[]>([], ['deployers'], ['a', 'deployers'], ['dep\u0301'], ['Deployers']),
      ...pick({}, { email: 'a@example.com' }),
    },
    args: pick<JudgeInput['args']>(
      {},
      {
        x: pick<string | number | boolean | null>(
          'drop table',
          'DROP TABLE',
          'a',
          'a/b',
          'a/../b',
          'b/../c',
          'dröp',
          1,
          true,
          null,
        ),
      },
      { x: ['drop'] },
    ),
    at: pick(new Date(0), new Date('2026-11-24T09:00:00Z')),
    ...pick<Partial<JudgeInput>>(
      {},
      { annotations: { hints: { readOnlyHint: true }, trusted: pick(true, false) } },
      { purpose: { text: 'x', source: 'meta', claimedBy: 'agent', ...pick({}, { code: 'support' }) } },
    ),
    ...command(),
  });
  const policy = (): { policy: Policy; files: readonly RuleFile[] } => {
    const rules = Array.from({ length: 2 + chance.below(5) }, (_unused, index) => rule(`r${index}`));
    return {
      files: rules.map(({ file }) => file),
      policy: {
        rules: rules.map((one) => one.rule),
        defaultDecision: pick('block', 'allow', 'require_approval'),
        defaultApproval: need(),
      },
    };
  };
  return { policy, call };
}

test('without a rule that is said to change nothing, every call is judged as with it', () => {
  const generate = generatorOf(4);
  const said = { allow: 0, require_approval: 0, block: 0 };
  let asked = 0;
  for (let round = 0; round < policies; round += 1) {
    const { policy, files } = generate.policy();
    const rules = files.map((file, index) => {
      const rule = policy.rules[index];
      if (rule === undefined) throw new Error('every file has its rule');
      const at = (_path: unknown, message: string) => ({ file: file.id, line: 1, column: 1, path: '', message });
      return { file, rule, scope: scopeOf(file, rule, connections), ofPack: false, at };
    });
    for (const { file: id, message } of coveredRules(rules, policy, connections)) {
      const rule = policy.rules.find((one) => one.id === id);
      if (rule !== undefined) said[rule.decision] += 1;
      const without = { ...policy, rules: policy.rules.filter((one) => one.id !== id) };
      for (let call = 0; call < callsEach; call += 1) {
        const input = generate.call();
        if (message.endsWith(beyondAscii) && !/^[\0-\x7f]*$/.test(JSON.stringify(input))) continue;
        const [before, after] = [judge(policy, input), judge(without, input)];
        const seen = ({ ruleIds, ...judgement }: Judgement) => {
          const words = 'reason' in judgement ? judgement.reason?.split(' ').toSorted() : undefined;
          return { ...judgement, reason: words, ruleIds: ruleIds.filter((one) => one !== id) };
        };
        const shown = `${message}: ${JSON.stringify(files)} ${JSON.stringify(input)}`;
        expect(seen(after), shown).toEqual(seen(before));
        asked += 1;
      }
    }
  }
  // The check bites: enough is said of each kind of rule.
  expect(Math.min(...Object.values(said))).toBeGreaterThan(20);
  expect(asked).toBeGreaterThan(10_000);
});

describe('a rule that nearly speaks of all that another one does', () => {
  const call: JudgeInput = {
    connection: 'ops',
    method: 'tools/call',
    tool: 'get',
    caller: { issuer: 'i', subject: 's', groups: ['a'], actors: [] },
    args: { x: 'a' },
    at: new Date(0),
  };

  test.each<[string, object, object, object]>([
    ['an accent', { decision: 'allow', match: { tool: 'get*' } }, { match: { tool: 'get*' } }, { tool: 'get\u030c' }],
    [
      'a path in disguise',
      { match: { args: { x: 'a/*' } } },
      { match: { args: { x: 'a*' } } },
      { args: { x: 'b/../a' } },
    ],
    ['no text', { match: { args: { x: 'a' } } }, { match: { args: { x: { exists: false } } } }, {}],
    [
      'an absent argument',
      { match: { args: { x: { not: 'b' } } } },
      { match: { args: { x: { exists: true } } } },
      { args: {} },
    ],
    ['no command', { match: { tool: 'get', sql: {} } }, { match: { sql: {} } }, {}],
    [
      'another system',
      { match: { sql: {}, shell: {} } },
      { match: { sql: {} } },
      { command: { dialect: 'bash', acts: [{ system: 'shell', effects: ['read'], construct: 'ls', targets: {} }] } },
    ],
    [
      'another connection',
      { match: { tool: 'get' } },
      { match: { tool: 'get', connection: 'ops' } },
      { connection: 'files' },
    ],
    [
      'a method without a name',
      { match: {} },
      { match: { method: ['tools/call', 'resources/*'] } },
      { method: 'secrets/export' },
    ],
    ['a method in capitals', { match: { method: 'tools/call' } }, { match: { tool: '*' } }, { method: 'TOOLS/CALL' }],
    [
      'one group of several',
      { match: { claims: { groups: { any: ['a', 'b'] } } } },
      { match: { claims: { groups: 'b' } } },
      {},
    ],
    ['no tool', { match: {} }, { match: { tool: '*', method: '*' } }, { method: 'resources/read', tool: undefined }],
    ['other words', { decision: 'allow', match: {} }, { match: {}, when: 'connection == "files"' }, {}],
  ])('is not said to: %s escapes it', (_what, narrow, wide, changes) => {
    const [inner, outer] = [
      { id: 'inner', decision: 'block', ...narrow },
      { id: 'outer', decision: 'block', ...wide },
    ].map((file) => ({ file: ruleSchema.parse(file), rule: compileRule(ruleSchema.parse(file), undefined) }));
    if (inner === undefined || outer === undefined) throw new Error('there are two rules');
    const input: JudgeInput = { ...call, ...changes };
    const fits = ({ rule }: typeof inner): boolean => rule.matchers.every((matcher) => matcher.fits(input));
    expect([fits(inner), fits(outer)]).toEqual([true, false]);
    const scope = ({ file, rule }: typeof inner) => scopeOf(file, rule, connections);
    expect(coversScope(scope(outer), scope(inner), 'all')).toBe(false);
  });
});
