import { describe, expect, test } from 'vitest';
import { conditionOf, problemsOf } from '../../../../support/conditions.ts';

const complaint = (when: string): string => {
  const [problem] = problemsOf(when);
  return problem === undefined ? 'sound' : `${problem.at}: ${problem.message}`;
};

describe('a condition that is not sound', () => {
  test.each([
    ['arg.limit > 1', '0: unknown variable arg'],
    ['args.limit > 1 && now > at', '18: unknown variable now'],
    ['caller.group == "sre"', '7: unknown field of caller group'],
    ['has(caller.ownr)', '11: unknown field of caller ownr'],
    ['args.name.startWith("x")', '10: unknown function startWith'],
    ['lower(args.name) == "x"', '0: unknown function lower'],
    ['args.limit >', '12: unexpected token: EOF'],
    ['args.flag', '0: the expression is of unknown type; compare it: args.flag == true'],
    ['size(args.ids)', '0: the expression is of type int; it must say yes or no'],
    ['connection > 1', '0: there is no such comparison or calculation: string > int'],
    ['connection && true', '0: && and || join what is true or false, and this is of type string'],
    ['has(args)', '0: has() asks for a field: has(args.limit)'],
  ])('%s is refused in words, with the place', (when, expected) => {
    expect(complaint(when)).toBe(expected);
  });

  test.each([
    ["args.sql.matches('drop')", 'matches is not available'],
    ["matches(args.sql, 'drop')", 'matches is not available'],
    ["args.rows.exists(r, r.sql.matches('a'))", 'matches is not available'],
    ['args.sql.lowerAscii() == "drop"', 'lowerAscii is not available'],
    ['args.rows.map(r, r.id) == [1]', 'map is not available'],
    ['string(args.port) == "80"', 'string is not available'],
    ['uint(args.port) == 80u', 'unknown function uint'],
    ['args.port == 80u', 'unsigned numbers and bytes are not available'],
    ["args.blob == b'a'", 'unsigned numbers and bytes are not available'],
    ['args.filter == {"a": 1}', 'a map cannot be written'],
    ['dyn(args.port) == 80', 'unknown function dyn'],
    ['type(args.port) == int', 'unknown function type'],
    ['cel.bind(x, args.port, x == 80)', 'unknown function bind'],
    ['args.port == 9007199254740993', 'a number this large'],
    ['args.limit + 1 > 2', 'numbers of arguments are doubles'],
    ['args.limit % 2 == 0', 'numbers of arguments are doubles'],
    ['args.a < args.b', 'of neither side of < is known what it is'],
    ['args.a + args.b == "ab"', 'of neither side of + is known what it is'],
    ['caller.groups + ["x"] == ["x"]', 'lists cannot be joined'],
    ['args.name < "é"', 'an ASCII text'],
    ['args.since < at', 'write timestamp(…)'],
    ['int(args.a) / int(args.b) == 1', 'divided by a positive one'],
    ['-size(args.a) == 1', 'write 0 - …'],
    ['at - timestamp("2026-11-24") > duration("1h")', 'a timestamp is written as'],
    ['at > timestamp("2026-02-30T00:00:00Z")', 'a timestamp is written as'],
    ['at - timestamp("2026-11-24T00:00:00Z") > duration("fast")', 'a duration is written out'],
    ['at - timestamp("2026-11-24T00:00:00Z") > duration(args.age)', 'a duration is written out'],
    ['at.getHours("Mars/Olympus") > 9', 'a time zone is written out'],
    ['at.getHours(args.zone) > 9', 'a time zone is written out'],
    ['at.getDayOfYear() > 9', 'unknown function getDayOfYear'],
    ['re(args.sql, args.pattern)', 're takes a pattern of RE2 that is written out'],
    ["re(args.sql, '(')", 're takes a pattern of RE2 that is written out'],
    ["re(args.sql, '(a)\\\\1')", 're takes a pattern of RE2 that is written out'],
    ['glob(args.path, args.pattern)', 'glob takes a pattern that is written out'],
    ["glob(args.path, 'a*') == args.flag", 'glob here may speak for the rule or against it'],
    ['args.paths.exists_one(p, glob(p, "a*"))', 'glob here may speak for the rule or against it'],
    ['size(args.paths.filter(p, glob(p, "a*"))) < 2', 'glob here may speak for the rule or against it'],
    ['args.rows.all(args, args.ok == true)', '"args" means something already'],
    ['args.rows.all(r, r.cells.all(r, r.ok == true))', '"r" means something already'],
  ])('%s is refused because %s', (when, expected) => {
    expect(complaint(when)).toContain(expected);
  });

  test('that holds more parts than anybody reads is refused', () => {
    expect(complaint(Array.from({ length: 200 }, (_, index) => `args.a${index} == 1`).join(' && '))).toContain(
      'too large',
    );
  });
});

describe('a condition', () => {
  test.each([
    ['connection == "prod"', false],
    ['tool.startsWith("get_") && "sre" in caller.groups', false],
    ['method == "tools/call"', false],
    ['uri.startsWith("file:")', true],
    ['has(args.limit)', true],
    ['at.getHours() > 18', true],
    ['has(purpose.code)', true],
    ['annotations.readOnlyHint', true],
    ['"ddl" in command.effects', true],
    ['connection == "prod" && args.limit > 1', true],
  ])('%s needs the call: %s', (when, expected) => {
    expect(conditionOf(when).needsCall).toBe(expected);
  });

  test.each([
    ['a == b'.replace('a', 'connection').replace('b', 'tool'), ['connection == tool']],
    ['(connection == "a" || tool == "b") && method == "c"', ['connection == "a" || tool == "b"', 'method == "c"']],
    [
      '((connection == "a") == (tool == "b")) && (method == "c")',
      ['(connection == "a") == (tool == "b")', 'method == "c"'],
    ],
    [
      'has(args.a)\n  && args.a == ")" // (\n  && (size(args.a) + 1) > 2',
      ['has(args.a)', 'args.a == ")"', '(size(args.a) + 1) > 2'],
    ],
  ])('%s has its clauses as they are written', (when, expected) => {
    expect(
      conditionOf(when)
        .clauses()
        .map(({ text }) => text),
    ).toEqual(expected);
  });
});
