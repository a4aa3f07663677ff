import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { ruleSchema, type RuleFile } from '../../../../gateway/config/rule-schema.ts';
import { commandOf } from '../../../../gateway/policy/commands/read-command.ts';
import { atLeastHold, judge } from '../../../../gateway/policy/judge.ts';
import type { JudgeInput } from '../../../../gateway/policy/judge-input.ts';
import { compileRule, type ApprovalNeed, type Policy } from '../../../../gateway/policy/rule.ts';

const need = (name: string, quorum = 1, expiresAfterMs = 1_000): ApprovalNeed => ({
  groups: [{ name, members: [`${name}@example.com`] }],
  quorum,
  expiresAfterMs,
  grantTtlMs: 1_000,
});
type RuleInput = Partial<RuleFile> & { need?: ApprovalNeed };

function policyOf(...rules: RuleInput[]): Policy {
  return {
    rules: rules.map(({ need: approval, ...rule }, index) =>
      compileRule(ruleSchema.parse({ id: `r${index}`, decision: 'allow', ...rule }), approval),
    ),
    defaultDecision: 'block',
    defaultApproval: undefined,
  };
}

function call(changes: Partial<JudgeInput> = {}): JudgeInput {
  return {
    connection: 'ops',
    method: 'tools/call',
    tool: 'apply',
    caller: { issuer: 'i', subject: 'ci', groups: ['deployers', 'eu'], actors: [] },
    args: { sql: 'select 1', n: 5, nested: { key: 'audit.level' }, big: 2 ** 60 },
    at: new Date(0),
    ...changes,
  };
}
const verdict = (rules: RuleInput[], input = call()) => judge(policyOf(...rules), input).verdict;

describe('the strictest rule wins', () => {
  const rules: RuleInput[] = [
    {},
    { decision: 'require_approval', need: need('sre', 1, 5_000) },
    { decision: 'require_approval', need: need('dba', 2, 2_000) },
    { decision: 'block', match: { tool: 'other' }, reason: 'no' },
  ];

  test('whatever the order of the rules', () => {
    const orders = [rules, rules.toReversed(), [...rules.slice(2), ...rules.slice(0, 2)]];
    for (const order of orders) {
      expect(verdict(order)).toBe('hold');
      expect(verdict(order, call({ tool: 'other' }))).toBe('block');
    }
  });

  test('one rule that wants an allowed call in a workflow is enough, and what is held needs none', () => {
    const both: RuleInput[] = [{}, { record: 'workflow' }, { record: 'ledger' }];
    for (const order of [both, both.toReversed()]) {
      expect(judge(policyOf(...order), call())).toMatchObject({ verdict: 'allow', recordIn: 'workflow' });
    }
    expect(judge(policyOf({}, { record: 'ledger' }), call())).toEqual({ verdict: 'allow', ruleIds: ['r0', 'r1'] });
    const elsewhere: RuleInput = { record: 'workflow', match: { tool: 'other' } };
    expect(judge(policyOf({}, elsewhere), call())).toEqual({ verdict: 'allow', ruleIds: ['r0'] });
    expect(judge(policyOf(...both, ...rules), call())).not.toHaveProperty('recordIn');
  });

  test('approvals merge into the largest quorum, all groups and the shortest time', () => {
    expect(judge(policyOf(...rules), call())).toMatchObject({
      approval: { quorum: 2, expiresAfterMs: 2_000, groups: [{ name: 'dba' }, { name: 'sre' }] },
      ruleIds: ['r2', 'r1'],
    });
  });
});

describe('what no rule speaks of', () => {
  test('is blocked, with a reason that names the call', () => {
    expect(judge(policyOf(), call())).toMatchObject({ verdict: 'block', reason: expect.stringContaining('apply') });
  });

  test('is allowed when it is what every client does before it does anything', () => {
    for (const method of ['initialize', 'tools/list', 'server/discover', 'notifications/initialized']) {
      expect(judge(policyOf(), call({ method })).verdict).toBe('allow');
    }
  });

  test('is not allowed by a general rule when its method is unknown', () => {
    expect(verdict([{}], call({ method: 'secrets/export' }))).toBe('block');
    expect(verdict([{ match: { method: 'secrets/*' } }], call({ method: 'secrets/export' }))).toBe('allow');
    const unheard = call({ method: 'resources/export', uri: 'a:b' });
    expect(verdict([{ match: { uri: 'a:*' } }], unheard)).toBe('block');
    expect(judge({ ...policyOf(), defaultDecision: 'allow' }, unheard).verdict).toBe('block');
  });

  test('is within reach of a general rule that restricts, though its method is unknown', () => {
    const rules: RuleInput[] = [{ match: { method: '*' } }, { match: { connection: 'ops' }, decision: 'block' }];
    expect(verdict(rules, call({ method: 'secrets/export' }))).toBe('block');
  });
});

describe('a matcher', () => {
  test.each<[string, RuleFile['match'], boolean]>([
    ['a tool by alternatives', { tool: 'get*|app?y' }, true],
    ['a tool by its case', { tool: 'APPLY' }, false],
    ['a connection from a list', { connection: ['dev-*', 'ops'] }, true],
    ['a group', { claims: { groups: 'deployers' } }, true],
    ['any of several groups', { claims: { groups: { any: ['x', 'eu'] } } }, true],
    ['all of several groups', { claims: { groups: { all: ['deployers', 'x'] } } }, false],
    ['a claim the caller lacks', { claims: { email: '*' } }, false],
    ['text by its case', { args: { '/sql': '*SELECT*' } }, false],
    ['text over line breaks', { args: { '/sql': 'select*' } }, true],
    ['a nested argument by dots', { args: { 'nested.key': 'audit*' } }, true],
    ['a number', { args: { n: 5 } }, true],
    ['a number that may have been another', { args: { big: 2 ** 60 } }, false],
    ['absence', { args: { '/missing': { exists: false } } }, true],
    ['what is not there', { args: { '/missing': '*' } }, false],
    ['what a text is not', { args: { '/sql': { not: 'drop*' } } }, true],
    ['what a text is not, whatever its case', { args: { '/sql': { not: 'SELECT*' } } }, false],
    ['what nothing is not', { args: { '/missing': { not: 'drop*' } } }, false],
    ['an inherited property', { args: { '/toString': { exists: true } } }, false],
  ])('finds %s', (_name, match, fits) => {
    expect(verdict([{ match }]) === 'allow').toBe(fits);
  });

  test.each<[string, RuleFile['match']]>([
    ['text in another case', { args: { '/sql': '*SELECT*' } }],
    ['text in full-width letters', { args: { '/wide': 'drop*' } }],
    ['a tool in another case', { tool: 'APPLY' }],
    ['a group in another case', { claims: { groups: 'Deployers' } }],
    ['what is missing, by what it should be', { args: { '/missing': { not: 'select*' } } }],
    ['a number where it expects text', { args: { n: 'five' } }],
    ['text where it expects a number', { args: { '/sql': 5 } }],
  ])('that restricts reads generously: %s', (_name, match) => {
    const input = call({ args: { sql: 'select 1', n: 5, wide: 'ＤＲＯＰ table' } });
    expect(verdict([{}, { match, decision: 'block' }], input)).toBe('block');
    expect(verdict([{ match }], input)).toBe('block');
  });

  test.each([
    '/srv/public/../secret',
    '/srv/public/./a',
    '/srv/public//a',
    '/srv/public/..\\..\\secret',
    '/srv/public/%2e%2E/secret',
    '/srv/public/%73ecret',
    '/srv/public/..',
  ])('does not vouch for a path in disguise, and does not let it pass: %s', (path) => {
    const input = call({ args: { path } });
    expect(verdict([{ match: { args: { '/path': '/srv/public/*' } } }], input)).toBe('block');
    expect(verdict([{}, { match: { args: { '/path': '/srv/secret*' } }, decision: 'block' }], input)).toBe('block');
    const read = call({ method: 'resources/read', uri: `file://${path}` });
    expect(verdict([{ match: { uri: 'file:///srv/public/*' } }], read)).toBe('block');
    expect(verdict([{}, { match: { uri: 'file:///srv/secret*' }, decision: 'block' }], read)).toBe('block');
  });

  test.each(['/srv/public/a.b/..c', '/srv/public/My%20File', '/srv/public/a:b'])('reads a plain path: %s', (path) => {
    expect(verdict([{ match: { args: { '/path': '/srv/public/*' } } }], call({ args: { path } }))).toBe('allow');
    const read = call({ method: 'resources/read', uri: `file://${path}` });
    expect(verdict([{ match: { uri: 'file:///srv/public/*' } }], read)).toBe('allow');
  });

  test('that cannot judge a value restricts and never allows', () => {
    const input = call({ args: { sql: ['drop table x'] } });
    const match = { args: { '/sql': 'drop*' } };
    expect(verdict([{ match }], input)).toBe('block');
    expect(verdict([{}, { match, decision: 'block' }], input)).toBe('block');
    expect(verdict([{}, { match, decision: 'require_approval', need: need('sre') }], input)).toBe('hold');
  });

  test('takes bounded time on hostile text', () => {
    const match = { args: { '/sql': '*a*a*a*a*a*a*a*a*b' } };
    expect(verdict([{ match }], call({ args: { sql: 'a'.repeat(5_000) } }))).toBe('block');
  });
});

describe('the sample policy', () => {
  const env = {
    GATEWAY_URL: 'http://g',
    ISSUER_URL: 'http://i',
    OPS_URL: 'http://o',
    OPS_MCP_TOKEN: 't',
    EVERYTHING_URL: 'http://e',
    SLACK_CHANNEL: 'C',
    SLACK_TEAM: 'T',
  };
  const { policy, connections } = loadConfig(['infra/sample/countersign.yaml'], {
    env,
    loopback: true,
    detectorsDigest: '',
  });
  const by = (group: string, tool: string, args = {}, connection = 'ops') => {
    const known = connections.find(({ name }) => name === connection);
    const command = known === undefined ? undefined : commandOf(known, tool, args);
    const caller = { issuer: 'i', subject: group, groups: [group], actors: [] };
    return judge(policy, call({ connection, tool, args, caller, ...(command === undefined ? {} : { command }) }));
  };

  test.each<[string, string, object, string]>([
    ['deployers', 'get_config', {}, 'allow'],
    ['readers', 'read_logs', {}, 'allow'],
    ['contractors', 'get_config', {}, 'allow'],
    ['strangers', 'get_config', {}, 'block'],
    ['deployers', 'apply_config', { key: 'pool.size' }, 'hold'],
    ['deployers', 'apply_config', { key: 'audit.enabled' }, 'block'],
    ['deployers', 'apply_config', { key: 'AUDIT.enabled' }, 'block'],
    ['readers', 'apply_config', { key: 'pool.size' }, 'block'],
    ['contractors', 'apply_config', { key: 'pool.size' }, 'block'],
    ['deployers', 'restart_service', {}, 'hold'],
    ['deployers', 'run_sql', { sql: 'select 1' }, 'hold'],
    ['deployers', 'run_sql', { sql: 'DROP TABLE users' }, 'block'],
    ['deployers', 'run_sql', { sql: 'select 1;\nDrop\ttable users; -- x' }, 'block'],
    ['deployers', 'run_sql', { sql: ['drop table users'] }, 'hold'],
    ['readers', 'run_sql', { sql: 'select 1' }, 'block'],
    ['readers', 'restart_service', {}, 'block'],
    ['contractors', 'restart_service', {}, 'block'],
    ['contractors', 'run_sql', { sql: 'select 1' }, 'block'],
    ['deployers', 'something_new', {}, 'block'],
  ])('%s calling %s with %j: %s', (group, tool, args, expected) => {
    expect(by(group, tool, args).verdict).toBe(expected);
  });

  test.each([
    ['deployers', 'get-env', 'allow'],
    ['readers', 'echo', 'allow'],
    ['readers', 'get-env', 'block'],
    ['contractors', 'echo', 'block'],
  ])('%s calling %s of the reference server: %s', (group, tool, expected) => {
    expect(by(group, tool, {}, 'everything').verdict).toBe(expected);
  });

  test('tells a contractor why', () => {
    expect(by('contractors', 'run_sql', { sql: 'select 1' })).toMatchObject({ reason: 'Contractors may read only.' });
  });

  test('asks two people for a restart, and a DBA for SQL', () => {
    expect(by('deployers', 'restart_service')).toMatchObject({ approval: { quorum: 2, groups: [{ name: 'sre' }] } });
    expect(by('deployers', 'run_sql', { sql: 'select 1' })).toMatchObject({ approval: { groups: [{ name: 'dba' }] } });
  });
});

describe('a call that needs an approval whatever the rules say', () => {
  const raise = (rules: RuleInput[], defaultApproval?: ApprovalNeed) => {
    const policy = { ...policyOf(...rules), defaultApproval };
    return atLeastHold(policy, judge(policy, call()), 'tool-changed', 'It changed.');
  };

  test('is held for the default approvers when it was allowed, and blocked when there are none', () => {
    expect(raise([{}], need('sre', 2))).toMatchObject({
      verdict: 'hold',
      ruleIds: ['tool-changed'],
      reason: 'It changed.',
      approval: { quorum: 2 },
    });
    expect(raise([{}])).toMatchObject({ verdict: 'block', reason: expect.stringContaining('It changed.') as string });
  });

  test('is held by its own rules for this reason too, and stays blocked when it was', () => {
    const held = raise([{ decision: 'require_approval', need: need('dba'), reason: 'Own.' }], need('sre'));
    expect(held).toMatchObject({ verdict: 'hold', ruleIds: ['r0', 'tool-changed'], reason: 'Own. It changed.' });
    expect(held.verdict === 'hold' ? held.approval.groups.map(({ name }) => name) : []).toEqual(['dba']);
    expect(raise([{ decision: 'block', reason: 'No.' }], need('sre'))).toMatchObject({
      verdict: 'block',
      reason: 'No.',
    });
  });
});
