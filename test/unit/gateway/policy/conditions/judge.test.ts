import { describe, expect, test } from 'vitest';
import { doubts } from '../../../../../gateway/policy/conditions/condition.ts';
import { callWith, conditionOf, judgeArguments } from '../../../../support/conditions.ts';

describe('a number of JSON', () => {
  test.each([
    ['args.limit > 1000', 1001, true],
    ['args.limit > 1000', 1001.5, true],
    ['args.limit > 1000', 1000, false],
    ['args.limit == 1000', 1000, true],
    ['args.limit == 1000.0', 1000, true],
    ['args.limit in [1, 1000]', 1000, true],
    ['int(args.limit) + 1 == 1001', 1000.9, true],
    ['int(args.limit) % 2 == 0', 1000, true],
    ['args.limit + 1.0 == 1001.0', 1000, true],
    ['args.limit * 2.0 > 1999.5', 1000, true],
    ['double(args.limit) <= 1000.0', '1e3', true],
    ['int(args.limit) == 12', '+12', true],
    ['-args.limit < 0', 1, true],
  ])('answers %s for %s', (when, limit, expected) => {
    expect(judgeArguments(when, { limit })).toBe(expected);
  });

  test.each([2 ** 53, -(2 ** 53), 1e300, Infinity])('that may have been another one (%s) cannot be judged', (limit) => {
    expect(judgeArguments('args.limit > 1000', { limit })).toBe(doubts.inexact);
    expect(judgeArguments('args.limits.exists(l, l > 1000)', { limits: [1, limit] })).toBe(doubts.inexact);
  });

  test('that the condition does not read does no harm', () => {
    expect(judgeArguments('args.limit > 1000', { limit: 1001, other: 2 ** 60 })).toBe(true);
  });
});

describe('what is absent', () => {
  test.each([
    ['args.limit > 1000', {}],
    ['args.limit == null', {}],
    ['has(args.page.limit)', {}],
    ['args.page.limit > 1', { page: [] }],
    ['args.page.limit > 1', { page: 'limit' }],
    ['args.ids[3] == 1', { ids: [1] }],
    ['args.ids[-1] == 1', { ids: [1] }],
    ['args.ids[0.5] == 1', { ids: [1] }],
  ])('cannot be judged: %s', (when, args) => {
    expect(judgeArguments(when, args)).toBe(doubts.unfit);
  });

  test('is asked for with has()', () => {
    const when = 'has(args.limit) && args.limit > 1000';
    expect(judgeArguments(when, {})).toBe(false);
    expect(judgeArguments(when, undefined)).toBe(false);
    expect(judgeArguments(when, { limit: 1001 })).toBe(true);
    expect(judgeArguments('has(args.limit)', { limit: null })).toBe(true);
    expect(judgeArguments('"dry-run" in args', { 'dry-run': false })).toBe(true);
  });

  test.each(['tool == "x"', 'tool != "x"', 'uri == "x"', '!uri.startsWith("x")'])('cannot be judged: %s', (when) => {
    const { tool: _tool, ...call } = callWith();
    expect(conditionOf(when).judge(call)).toBe(doubts.unfit);
  });

  test('is no purpose, of which has() knows', () => {
    expect(conditionOf('has(purpose.code)').judge(callWith())).toBe(false);
    expect(conditionOf('purpose.code == "incident"').judge(callWith())).toBe(doubts.unfit);
    const purpose = { code: 'incident', text: 'x', source: 'meta', claimedBy: 'agent' } as const;
    expect(conditionOf('purpose.code == "incident"').judge(callWith({ purpose }))).toBe(true);
  });

  test('is an owner or an email of the caller, of which has() knows', () => {
    expect(conditionOf('has(caller.owner)').judge(callWith())).toBe(false);
    expect(conditionOf('caller.email == "x"').judge(callWith())).toBe(doubts.unfit);
  });
});

describe('arguments of the wrong kind', () => {
  test.each([
    ['args.limit > 1000', { limit: '5000' }, doubts.unfit],
    ['args.limit > 1000', { limit: null }, doubts.unfit],
    ['args.name.startsWith("a")', { name: ['a'] }, doubts.unfit],
    ['args.flag == true && args.other == 1', { flag: 'yes', other: 1 }, doubts.otherType],
    ['args.env != "prod"', { env: ['prod'] }, doubts.otherType],
    ['args.env != "prod"', { env: null }, doubts.otherType],
    ['args.env == null || args.env != "prod"', { env: null }, true],
    ['args.env == null || args.env != "prod"', { env: 1 }, doubts.otherType],
    ['args.env != null', { env: 1 }, true],
    ['args.port == 1 || args.port == "1"', { port: '1' }, true],
    ['args.port == 1 || args.port == "1"', { port: true }, doubts.otherType],
    ['!(args.env in ["prod", "stage"])', { env: { prod: 1 } }, doubts.otherType],
    ['!(args.group in caller.groups)', { group: ['sre'] }, doubts.otherType],
    ['"force" in args.flags', { flags: { force: false } }, doubts.otherType],
    ['"force" in args.flags', { flags: ['x', ['force']] }, doubts.otherType],
    ['"force" in args.flags', { flags: ['x', 'force'] }, true],
    ['args.ids.exists(i, i > 3)', { ids: 'abc' }, doubts.otherType],
    ['args.paths.all(p, p.startsWith("srv"))', { paths: { srv: 'etc' } }, doubts.otherType],
    ['args.rows.all(r, r.env != "prod")', { rows: [{ env: 'x' }, { env: ['prod'] }] }, doubts.otherType],
    ['args.rows.all(r, r.cells.all(c, c.ok))', { rows: [{ cells: {} }] }, doubts.otherType],
    ['args.rows.filter(r, true).all(r, r.env != "prod")', { rows: [{ env: 1 }] }, doubts.otherType],
    ['args.argv[0] != "rm"', { argv: [['rm']] }, doubts.otherType],
    ['args.argv[0] != "rm"', { argv: ['ls', 'rm'] }, true],
    ['has(args.limit)', [], doubts.noObject],
    ['has(args.limit)', 'text', doubts.noObject],
    ['has(args.limit)', null, doubts.noObject],
  ])('%s of %j says %s', (when, args, expected) => {
    expect(judgeArguments(when, args)).toBe(expected);
  });

  test.each(['constructor', '__proto__', 'hasOwnProperty', 'then', 'valueOf', 'toString'])(
    'a name like %s means nothing',
    (name) => {
      const args = JSON.parse(`{"${name}": {}, "filter": {"${name}": {}}, "other": {"x": 1}}`);
      expect(judgeArguments('args.filter == args.other', args)).toBe(false);
      expect(judgeArguments('has(args.limit)', args)).toBe(false);
      expect(judgeArguments('args.filter.limit > 1', args)).toBe(doubts.unfit);
      expect(judgeArguments(`has(args.filter.${name === '__proto__' ? 'toString' : name})`, { filter: {} })).toBe(
        false,
      );
    },
  );
});

describe('who calls', () => {
  test('is read as claims are: earlier actors restrict, and allow nothing', () => {
    const caller = { issuer: 'i', subject: 's', groups: [], actors: ['agent-now', 'agent-before'] };
    const when = '"agent-before" in caller.actors';
    expect(conditionOf(when, 'block').judge(callWith({ caller }))).toBe(true);
    expect(conditionOf(when, 'allow').judge(callWith({ caller }))).toBe(false);
    expect(conditionOf('"agent-now" in caller.actors', 'allow').judge(callWith({ caller }))).toBe(true);
  });

  test('has an email that is compared without case', () => {
    const call = callWith({ caller: { ...callWith().caller, email: 'Ada@Example.com' } });
    expect(conditionOf('caller.email == "ada@example.com"').judge(call)).toBe(true);
    expect(conditionOf('caller.email in ["ada@example.com"]').judge(call)).toBe(true);
    expect(() => conditionOf('caller.email == "Ada@example.com"')).toThrow('lower case');
    expect(() => conditionOf('caller.email in ["x", "Ada@example.com"]')).toThrow('lower case');
  });

  test('is compared to arguments', () => {
    expect(judgeArguments('args.path.startsWith("/home/" + caller.subject + "/")', { path: '/home/ada/x' })).toBe(true);
  });
});

describe('what a server says of its tool', () => {
  const hints = { readOnlyHint: true };

  test('restricts, and allows only when it is trusted', () => {
    const when = 'has(annotations.readOnlyHint) && annotations.readOnlyHint';
    const untrusted = callWith({ annotations: { hints, trusted: false } });
    expect(conditionOf(when, 'block').judge(untrusted)).toBe(true);
    expect(conditionOf(when, 'allow').judge(untrusted)).toBe(doubts.untrusted);
    expect(conditionOf('!has(annotations.destructiveHint)', 'allow').judge(untrusted)).toBe(doubts.untrusted);
    expect(conditionOf('!has(annotations.destructiveHint)', 'allow').judge(callWith())).toBe(doubts.untrusted);
    expect(conditionOf('has(annotations.destructiveHint)', 'block').judge(callWith())).toBe(doubts.unfit);
    expect(conditionOf(when, 'allow').judge(callWith({ annotations: { hints, trusted: true } }))).toBe(true);
  });
});

describe('what a command would do', () => {
  const drop = {
    system: 'sql',
    effects: ['ddl', 'destroy'],
    construct: 'DROP TABLE',
    targets: { relations: ['payroll.x'] },
  } as const;
  const odd = {
    system: 'sql',
    effects: ['unknown'],
    construct: 'a statement that does not parse',
    targets: {},
  } as const;

  test('is read as lists of what all its parts do', () => {
    const call = callWith({ command: { dialect: 'postgres', acts: [drop] } });
    for (const when of [
      '"ddl" in command.effects',
      'command.relations.exists(r, r.startsWith("payroll."))',
      'command.programs == []',
      'command.dialect == "postgres"',
    ]) {
      expect(conditionOf(when).judge(call)).toBe(true);
    }
  });

  test('cannot be judged where there is none, and allows nothing while a part is unknown', () => {
    expect(conditionOf('!("ddl" in command.effects)').judge(callWith())).toBe(doubts.unfit);
    expect(conditionOf('has(command.dialect) && "ddl" in command.effects').judge(callWith())).toBe(false);
    const call = callWith({ command: { dialect: 'postgres', acts: [odd] } });
    expect(conditionOf('!("ddl" in command.effects)', 'allow').judge(call)).toBe(doubts.unknownEffect);
    expect(conditionOf('"unknown" in command.effects', 'block').judge(call)).toBe(true);
  });

  test.each(['block', 'allow'] as const)('cannot be judged by a target that may be any (%s)', (decision) => {
    const call = callWith({
      command: { dialect: 'postgres', acts: [drop, { ...drop, targets: { relations: ['*'] } }] },
    });
    for (const when of [
      'command.relations.all(r, r == "x")',
      '!("x" in command.relations)',
      'has(command.relations)',
    ]) {
      expect(conditionOf(when, decision).judge(call)).toBe(doubts.unknownTarget);
    }
    expect(conditionOf('"ddl" in command.effects', decision).judge(call)).toBe(true);
  });
});

describe('glob and re', () => {
  test('glob reads generously to restrict and to the letter to allow, and the other way round after "!"', () => {
    const args = { sql: 'DROP TABLE x' };
    expect(judgeArguments('glob(args.sql, "drop*")', args, 'block')).toBe(true);
    expect(judgeArguments('glob(args.sql, "drop*")', args, 'allow')).toBe(false);
    expect(judgeArguments('!glob(args.sql, "drop*")', args, 'block')).toBe(true);
    expect(judgeArguments('!glob(args.sql, "drop*")', args, 'allow')).toBe(false);
    expect(judgeArguments('args.sqls.exists(s, glob(s, "drop*"))', { sqls: ['DROP'] }, 'block')).toBe(true);
  });

  test('glob judges no path in disguise', () => {
    expect(judgeArguments('glob(args.path, "/srv/public/*")', { path: '/srv/public/../secret' })).toBe(
      doubts.disguised,
    );
    expect(judgeArguments('glob(args.path, "/srv/public/*")', { path: '/srv/public/a' })).toBe(true);
  });

  test.each([
    'args.path.startsWith("/srv/public/")',
    'args.path.startsWith("/srv/" + "public/")',
    'args.path.contains("/public/")',
    'args.path.endsWith("/passwd")',
    "re(args.path, '^/srv/public/')",
    'uri.startsWith("file:///srv/public/")',
    'uri.endsWith("passwd")',
    'uri != "file:///srv/secret"',
  ])('and whatever looks for a slash judges no path in disguise: %s', (when) => {
    const climbing = callWith({ args: { path: '/srv/public/../etc/passwd' }, uri: 'file:///srv/public/../etc/passwd' });
    const plain = callWith({ args: { path: '/srv/public/passwd' }, uri: 'file:///srv/public/passwd' });
    expect(conditionOf(when).judge(climbing)).toBe(doubts.disguised);
    expect(conditionOf(when).judge(plain)).toBe(true);
  });

  test('re searches anywhere, as RE2 does', () => {
    expect(judgeArguments("re(args.sql, '(?i)\\\\bdrop\\\\b')", { sql: 'x DROP y' })).toBe(true);
    expect(judgeArguments("re(args.sql, '^drop')", { sql: 'x drop' })).toBe(false);
    expect(judgeArguments("re(args.sql, r'^\\d+$')", { sql: '12' })).toBe(true);
    expect(judgeArguments("re(args.sql, 'x')", { sql: 12 })).toBe(doubts.unfit);
  });
});

describe('the time of a call', () => {
  const at = new Date('2026-03-08T02:30:45Z');
  test.each([
    ['at.getHours() == 2', true],
    ['at.getHours("UTC") == 2', true],
    ['at.getHours("America/Sao_Paulo") == 23', true],
    ['at.getDayOfWeek("America/Sao_Paulo") == 6', true],
    ['at.getDayOfWeek() == 0', true],
    ['at.getHours("Asia/Kolkata") == 8 && at.getMinutes("Asia/Kolkata") == 0', true],
    ['at.getHours("-03:30") == 23 && at.getMinutes("-03:30") == 0', true],
    ['at.getFullYear() == 2026 && at.getMonth() == 2 && at.getDate() == 8 && at.getDayOfMonth() == 7', true],
    ['at > timestamp("2026-03-08T02:30:44Z")', true],
    ['at < timestamp("2026-03-08T02:30:44+01:00")', false],
    ['at - timestamp("2026-03-08T00:30:45Z") == at - timestamp("2026-03-08T00:30:45Z") || true', 'refused'],
    ['at - timestamp("2026-03-08T00:30:45Z") > duration("1h59m59s")', true],
    ['timestamp(args.since) < at - duration("720h")', true],
  ])('answers %s with %s', (when, expected) => {
    if (expected === 'refused') return expect(() => conditionOf(when)).toThrow('durations');
    return expect(conditionOf(when).judge(callWith({ at, args: { since: '2026-01-01T00:00:00Z' } }))).toBe(expected);
  });

  test('is that of each call, in whatever order they come', () => {
    const { judge } = conditionOf('at.getHours("Europe/Berlin") == 2 && at.getMinutes("Europe/Berlin") == 59');
    // The clocks of Berlin go from 02:59 back to 02:00 on this day, and on from 01:59 to 03:00 on the other.
    const found = ['2026-10-25T00:59:59Z', '2026-10-25T01:59:00Z', '2026-03-29T00:59:59Z', '2026-03-29T01:00:00Z'].map(
      (time) => judge(callWith({ at: new Date(time) })),
    );
    expect(found).toEqual([true, true, false, false]);
  });

  test.each([
    'yesterday',
    '2026-02-30T00:00:00Z',
    '2026-11-24 18:00:00Z',
    'Tue Mar 01 2022 00:00:00',
    '2026-11-24T18:00:00.000000001Z',
  ])('cannot be judged against %s', (since) => {
    expect(judgeArguments('timestamp(args.since) < at', { since })).toBe(doubts.unfit);
  });
});
