import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { ConfigError } from '../../../../gateway/config/problems.ts';
import { judge } from '../../../../gateway/policy/judge.ts';
import { prospectOf } from '../../../../gateway/policy/prospect.ts';
import { callWith } from '../../../support/conditions.ts';

const head = ['version: 1', 'publicUrl: http://127.0.0.1:1', 'approvers: { sre: { members: [ana@example.com] } }'];

function load(...lines: string[]) {
  const text = [...head, ...lines].join('\n');
  // The file must be there; what it holds is what the test says.
  return loadConfig(['infra/sample/countersign.yaml'], {
    env: {},
    loopback: true,
    detectorsDigest: 'd',
    readFile: () => text,
  });
}

function problemsOf(...lines: string[]): string[] {
  try {
    load(...lines);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, path, message }) => `${line}: ${path}: ${message}`);
  }
}

describe('a rule with a condition', () => {
  test('that is not sound is refused with its line, the place in the expression and the word that was meant', () => {
    expect(
      problemsOf(
        'rules:',
        '  - id: big',
        '    decision: block',
        '    when: has(args.limit) && arg.limit > 1000',
        '  - id: team',
        '    decision: block',
        '    when: |',
        '      has(args.limit) &&',
        '        caller.group == "sre"',
        '  - id: words',
        '    decision: allow',
        "    when: args.sql.matches('drop')",
      ),
    ).toEqual([
      '7: rules.0.when: character 20 of the expression: unknown variable arg; did you mean "args"?',
      '10: rules.1.when: line 2, character 10 of the expression: unknown field of caller group; did you mean "groups"?',
      "15: rules.2.when: character 10 of the expression: matches is not available: its time has no bound; write re(text, 'pattern')",
    ]);
  });

  test.each([
    ['tool', 'tool == "drop"'],
    ['uri', 'uri.startsWith("file:")'],
    ['command', '"ddl" in command.effects'],
    ['annotations', 'annotations.destructiveHint'],
  ])('that reads %s says of which calls it speaks, when it restricts', (name, when) => {
    const rule = (match: string, decision: string) =>
      problemsOf('rules:', '  - id: r', `    match: ${match}`, `    decision: ${decision}`, `    when: '${when}'`);
    expect(rule('{}', 'block')[0]).toContain(`reads ${name}, which not every call has`);
    expect(rule('{}', 'allow')).toEqual([]);
    expect(rule('{ method: tools/call }', 'block')).toEqual([]);
    expect(rule(name === 'uri' ? '{ uri: "*" }' : '{ tool: "*" }', 'block')).toEqual([]);
  });

  test('applies when its expression holds, or restricts and cannot be judged', () => {
    const { policy } = load(
      'defaults: { decision: allow }',
      'rules:',
      '  - { id: big, match: { tool: query }, decision: block, when: "has(args.limit) && args.limit > 1000" }',
    );
    const verdictOf = (args: object) => judge(policy, callWith({ args: args as never })).verdict;
    expect(verdictOf({ limit: 1001 })).toBe('block');
    expect(verdictOf({ limit: 1000 })).toBe('allow');
    expect(verdictOf({})).toBe('allow');
    expect(verdictOf({ limit: '5000' })).toBe('block');
    expect(verdictOf({ limit: 2 ** 60 })).toBe('block');
  });

  test('allows nothing while its expression cannot be judged', () => {
    const { policy } = load(
      'rules:',
      '  - { id: small, match: { tool: query }, decision: allow, when: args.limit <= 10 }',
    );
    const verdictOf = (args: object) => judge(policy, callWith({ args: args as never })).verdict;
    expect(verdictOf({ limit: 10 })).toBe('allow');
    for (const args of [{}, { limit: '10' }, { limit: null }, { limit: [] }, { limit: 2 ** 60 }]) {
      expect(verdictOf(args)).toBe('block');
    }
  });

  test('filters lists by what they tell, and by nothing else', () => {
    const { policy } = load(
      'defaults: { decision: allow }',
      'rules:',
      '  - { id: theirs, match: { tool: \'*\' }, decision: block, when: \'tool.startsWith("admin_") && !("sre" in caller.groups)\' }',
      "  - { id: forced, match: { tool: '*' }, decision: block, when: args.force == true }",
    );
    const { args: _args, at: _at, ...offered } = callWith({ caller: { ...callWith().caller, groups: [] } });
    expect(prospectOf(policy, { ...offered, tool: 'admin_drop' })).toBe('never');
    expect(prospectOf(policy, { ...offered, tool: 'query' })).toBe('allowed');
  });
});
