import { describe, expect, test } from 'vitest';
import { ruleSchema } from '../../../../gateway/config/rule-schema.ts';
import { explain, explainHold } from '../../../../gateway/policy/explain.ts';
import type { JudgeInput } from '../../../../gateway/policy/judge-input.ts';
import { ownReasons } from '../../../../gateway/policy/own-rules.ts';
import { compileRule, type ApprovalNeed, type Policy } from '../../../../gateway/policy/rule.ts';

const rule = (id: string, decision: string, match: object, more: object = {}) =>
  compileRule(ruleSchema.parse({ id, decision, match, ...more }), undefined);
const defaultApproval: ApprovalNeed = {
  groups: [{ name: 'sre', members: ['a@example.com'] }],
  quorum: 1,
  expiresAfterMs: 1,
  grantTtlMs: 1,
};
const policyOf = (...rules: Policy['rules']): Policy => ({ rules, defaultDecision: 'block', defaultApproval });
const call: JudgeInput = {
  connection: 'ops',
  method: 'tools/call',
  tool: 'run_sql',
  caller: { issuer: 'i', subject: 's', groups: ['deployers'], actors: [] },
  args: { sql: 'canary', limit: 5 },
  at: new Date('2026-11-24T21:14:00Z'),
};
const tuesday = { tz: 'UTC', outside: 'Mon-Fri 09:00-18:00' };

describe('an explanation', () => {
  const policy = policyOf(
    rule('open', 'allow', { connection: 'ops' }),
    rule('elsewhere', 'block', { connection: ['files', 'prod-*'] }),
    rule('other-tool', 'block', { tool: 'a|b|c|d|e' }),
    rule('prompts', 'block', { prompt: 'run_sql' }),
    rule('others', 'block', { claims: { groups: { any: ['contractors', 'guests'] } } }),
    rule('nobody', 'block', { claims: { email: '*@example.com' } }),
    rule('agents', 'block', { delegated: true }),
    rule('destroyers', 'block', { annotations: { destructiveHint: false } }, { mode: 'shadow' }),
    rule('office', 'block', { time: { tz: 'UTC', inside: ['Mon-Fri 09:00-18:00', 'Sat'] } }),
    rule('drops', 'block', { args: { '/sql': 'drop*' } }),
    rule('forced', 'block', { args: { '/force': true } }),
    rule('few', 'allow', { args: { '/limit': '1*' } }),
    rule('files', 'block', { method: 'resources/read', uri: 'file:///srv/*' }),
  );

  test('says of each rule what keeps it from applying, and names no value of an argument', () => {
    const { judgement, rules } = explain(policy, call);
    expect(judgement).toEqual({
      verdict: 'allow',
      ruleIds: ['open'],
      shadow: [{ ruleId: 'destroyers', decision: 'block' }],
    });
    expect(rules.map(({ id, mismatch }) => [id, mismatch])).toEqual([
      ['open', undefined],
      ['elsewhere', 'the connection is ops, not files or prod-*'],
      ['other-tool', 'the tool is run_sql, not a, b, c or 2 more'],
      ['prompts', 'the method is tools/call, which this rule does not speak of'],
      ['others', 'the groups of the caller do not include contractors or guests'],
      ['nobody', 'the caller has no email'],
      ['agents', 'nobody acts for the caller'],
      ['destroyers', undefined],
      ['office', 'it is Tue 21:14 in UTC, outside Mon-Fri 09:00-18:00 and Sat'],
      ['drops', 'argument /sql does not fit drop*'],
      ['forced', 'argument /force is absent'],
      ['few', 'argument /limit cannot be compared with what the rule asks for'],
      ['files', 'the method is tools/call, not resources/read'],
    ]);
    expect(JSON.stringify(rules)).not.toContain('canary');
  });

  test('says clause by clause why a rule applies, and which one is only watched', () => {
    const match = {
      connection: 'ops',
      tool: 'run_*',
      claims: { groups: { all: ['deploy*', 'd*'] } },
      time: tuesday,
      args: { '/sql': { not: 'select*' }, '/limit': { exists: true } },
      annotations: { destructiveHint: true, readOnlyHint: false },
    };
    const annotations = { hints: { destructiveHint: true }, trusted: false };
    const { rules } = explain(policyOf(rule('all', 'block', match, { mode: 'shadow' })), { ...call, annotations });
    expect(rules[0]).toEqual({
      id: 'all',
      decision: 'block',
      mode: 'shadow',
      fitting: [
        'the connection is ops',
        'the tool is run_sql',
        'the groups of the caller include deploy* and d*',
        'the server says destructiveHint: true and the server does not say readOnlyHint, which is taken for false',
        'it is Tue 21:14 in UTC, outside Mon-Fri 09:00-18:00',
        'argument /sql is what the rule asks for',
        'argument /limit is there',
      ],
    });
  });

  test('says when no rule applies and the default decides', () => {
    const { rules } = explain(policyOf(rule('watched', 'allow', {}, { mode: 'shadow' })), call);
    expect(rules.at(-1)).toEqual({
      id: 'countersign.default',
      decision: 'block',
      fitting: ['no rule applies, so the default of the policy decides'],
    });
  });

  test('says what the gateway itself holds a call for', () => {
    const acts = [{ system: 'sql', effects: ['unknown'], construct: 'EXECUTE of a text', targets: {} }] as const;
    const { judgement, rules } = explain(policyOf(rule('open', 'allow', {})), {
      ...call,
      command: { dialect: 'postgres', acts },
    });
    expect(judgement).toMatchObject({ verdict: 'hold', ruleIds: ['countersign.command-unread'] });
    expect(rules.map(({ id }) => id)).toEqual(['open', 'countersign.command-unread']);
  });

  test('asks no rule about the housekeeping of the protocol', () => {
    expect(explain(policy, { ...call, method: 'tools/list' })).toEqual({
      judgement: { verdict: 'allow', ruleIds: [] },
      rules: [],
    });
  });
});

describe('what an approver is told of the rules', () => {
  const policy = policyOf(
    rule('open', 'allow', { connection: 'ops' }),
    rule('ask', 'require_approval', { tool: 'run_sql' }),
    rule('watch', 'block', { tool: 'run_sql' }, { mode: 'shadow' }),
    rule('drops', 'block', { tool: 'run_sql', args: { '/sql': 'drop*' } }),
    rule('far', 'block', { tool: 'run_sql', delegated: true, args: { '/sql': 'drop*' } }),
    rule('elsewhere', 'block', { connection: 'files', args: { '/sql': 'canary' } }),
    rule('commands', 'block', { sql: { effects: ['ddl'] } }),
  );

  test('is what applies, the strictest first, what is only watched, and what nearly applies', () => {
    const told = explainHold(policy, call, []);
    expect(told.map(({ id, mode, mismatch }) => [id, mode, mismatch])).toEqual([
      ['ask', undefined, undefined],
      ['open', undefined, undefined],
      ['watch', 'shadow', undefined],
      ['drops', undefined, 'argument /sql does not fit drop*'],
    ]);
  });

  test('speaks of commands where the call has one', () => {
    const acts = [{ system: 'sql', effects: ['read'], construct: 'SELECT', targets: {} }] as const;
    const told = explainHold(policy, { ...call, command: { dialect: 'postgres', acts } }, []);
    expect(told.find(({ id }) => id === 'commands')?.mismatch).toBe('it holds SELECT (read), not ddl');
  });

  test('begins with what the gateway itself asks approval for, and with a default that asks', () => {
    const reasons = ownReasons({}, true);
    expect(explainHold(policy, call, reasons).map(({ id }) => id)[0]).toBe('countersign.tool-changed');
    const asks: Policy = { ...policyOf(), defaultDecision: 'require_approval' };
    expect(explainHold(asks, call, []).map(({ id }) => id)).toEqual(['countersign.default']);
  });

  test('is small whatever the policy and the call are like', () => {
    const wordy = policyOf(
      ...Array.from({ length: 40 }, (_unused, index) =>
        rule(`${index}`.padStart(90, 'r'), 'require_approval', {
          tool: ['x'.repeat(500), '*'],
          args: Object.fromEntries(Array.from({ length: 20 }, (_each, at) => [`/a${at}`, { exists: false }])),
        }),
      ),
    );
    const told = explainHold(wordy, { ...call, tool: '\u{1F4A9}'.repeat(500) }, []);
    expect(told.length).toBeGreaterThan(0);
    expect(JSON.stringify(told).length).toBeLessThan(4_200);
    for (const { fitting } of told) for (const clause of fitting) expect(clause.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(told)).not.toMatch(/\\ud8/i);
  });
});
