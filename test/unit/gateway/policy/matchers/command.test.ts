import { describe, expect, test } from 'vitest';
import { ruleSchema, type Decision } from '../../../../../gateway/config/rule-schema.ts';
import type { Act, Effect, System } from '../../../../../gateway/policy/commands/command.ts';
import { anyName } from '../../../../../gateway/policy/commands/effects.ts';
import { explainRule } from '../../../../../gateway/policy/explain.ts';
import type { JudgeInput } from '../../../../../gateway/policy/judge-input.ts';
import { applies, compileRule } from '../../../../../gateway/policy/rule.ts';

const act = (system: System, construct: string, effects: readonly Effect[], targets: Act['targets'] = {}): Act => ({
  system,
  construct,
  effects,
  targets,
});
const select = act('sql', 'SELECT', ['read'], { relations: ['canary.orders'] });
const drop = act('sql', 'DROP TABLE', ['ddl', 'destroy'], { relations: ['canary.payroll'] });
const remove = act('shell', 'rm -r', ['write', 'destroy'], { programs: ['rm'] });
const unread = act('sql', 'EXECUTE of a text made at run time', ['execute', 'unknown']);
const anywhere = act('sql', 'CALL', ['read'], { relations: [anyName] });

const rule = (decision: Decision, match: object) =>
  compileRule(ruleSchema.parse({ id: 'r', decision, match }), undefined);
const call = (...acts: readonly Act[]): JudgeInput => ({
  connection: 'ops',
  method: 'tools/call',
  tool: 'run',
  caller: { issuer: 'i', subject: 's', groups: [], actors: [] },
  args: {},
  at: new Date(0),
  ...(acts.length === 0 ? {} : { command: { dialect: 'postgres', acts } }),
});
const fits = (decision: Decision, match: object, ...acts: readonly Act[]): boolean =>
  applies(rule(decision, match), call(...acts));

describe('a rule that restricts commands', () => {
  test('applies when one act is as it says, whatever stands beside it', () => {
    expect(fits('block', { sql: { effects: ['ddl'] } }, select, drop)).toBe(true);
    expect(fits('block', { sql: { effects: ['ddl'] } }, select)).toBe(false);
    expect(fits('block', { sql: { constructs: 'drop *' } }, select, drop)).toBe(true);
  });

  test('asks all of one act, and not one thing of one and another of the next', () => {
    expect(fits('block', { sql: { effects: ['ddl'], relations: '*.payroll' } }, select, drop)).toBe(true);
    expect(fits('block', { sql: { effects: ['ddl'], relations: '*.orders' } }, select, drop)).toBe(false);
  });

  test('speaks of systems, and of several as of one or the other', () => {
    const match = { sql: { effects: ['ddl'] }, shell: { programs: 'rm|dd' } };
    expect([fits('block', match, remove), fits('block', match, drop), fits('block', match, select)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(fits('block', { sql: { effects: ['destroy'] } }, remove)).toBe(false);
  });

  test('takes a target that is not known for any, and an effect for what it is', () => {
    expect(fits('block', { sql: { relations: '*.payroll' } }, anywhere)).toBe(true);
    expect(fits('block', { sql: { effects: ['ddl'] } }, unread)).toBe(false);
    expect(fits('block', { sql: { effects: ['unknown'] } }, unread)).toBe(true);
  });

  test('applies to whatever a tool that it names is given, when nobody said which argument is a command', () => {
    expect(fits('block', { tool: 'run', sql: { effects: ['ddl'] } })).toBe(true);
    expect(fits('block', { sql: { effects: ['ddl'] } })).toBe(false);
  });
});

describe('a rule that allows commands', () => {
  test('applies when every act is as it says, and holds nothing more', () => {
    expect(fits('allow', { sql: { effects: ['read'] } }, select, select)).toBe(true);
    expect(fits('allow', { sql: { effects: ['read'] } }, select, drop)).toBe(false);
    expect(fits('allow', { sql: { effects: ['ddl'] } }, drop)).toBe(false);
    expect(fits('allow', { sql: { effects: ['ddl', 'destroy'] } }, drop)).toBe(true);
    expect(fits('allow', { sql: { effects: ['read'] } }, select, remove)).toBe(false);
  });

  test('never applies to what cannot be read, not even when it says so', () => {
    expect(fits('allow', { sql: { effects: ['execute', 'unknown'] } }, unread)).toBe(false);
    expect(fits('allow', { tool: 'run', sql: {} })).toBe(false);
  });

  test('wants all targets known and named, to the letter', () => {
    expect(fits('allow', { sql: { relations: 'canary.*' } }, select)).toBe(true);
    expect(fits('allow', { sql: { relations: 'CANARY.*' } }, select)).toBe(false);
    expect(fits('allow', { sql: { relations: 'canary.*' } }, anywhere)).toBe(false);
    expect(fits('allow', { sql: { functions: '*' } }, select)).toBe(false);
    const two = act('sql', 'SELECT', ['read'], { relations: ['canary.orders', 'other'] });
    expect(fits('allow', { sql: { relations: 'canary.*' } }, two)).toBe(false);
  });
});

describe('what is told of a command', () => {
  test.each<[Decision, object, readonly Act[], string]>([
    ['block', { sql: { effects: ['ddl'] } }, [select, drop], 'it holds DROP TABLE (ddl, destroy)'],
    ['block', { sql: { effects: ['ddl', 'admin'] } }, [select], 'it holds SELECT (read), not ddl or admin'],
    [
      'block',
      { sql: { constructs: ['DROP*', 'TRUNCATE'] } },
      [select],
      'it holds SELECT (read), not DROP* or TRUNCATE',
    ],
    [
      'block',
      { sql: { relations: 'payroll.*' } },
      [drop],
      'it holds DROP TABLE (ddl, destroy), of other relations than payroll.*',
    ],
    ['block', { sql: { effects: ['ddl'] } }, [remove], 'it holds rm -r (write, destroy), which is shell, not sql'],
    ['block', { sql: { effects: ['ddl'] } }, [remove, select], 'it holds SELECT (read), not ddl'],
    ['block', { sql: { effects: ['ddl'] } }, [], 'the call holds no argument that is known to be a command'],
    ['allow', { sql: { effects: ['read'] } }, [select], 'it holds SELECT (read)'],
    [
      'allow',
      { sql: { effects: ['read', 'write'] } },
      [select, drop],
      'it holds DROP TABLE (ddl, destroy), more than read or write',
    ],
    [
      'allow',
      { sql: {} },
      [unread],
      'it holds EXECUTE of a text made at run time (execute, unknown), which cannot be told before it runs',
    ],
  ])('%s, %j: %#', (decision, match, acts, words) => {
    const { fitting, mismatch } = explainRule(rule(decision, match), call(...acts));
    expect(mismatch ?? fitting.at(-1)).toBe(words);
    expect(words).not.toContain('canary');
  });
});
