import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../../workflows/contract/call.ts';
import { doubts } from '../../../../../gateway/policy/conditions/condition.ts';
import { conditionMatchers } from '../../../../../gateway/policy/conditions/when.ts';
import { createChance, type Chance } from '../../../../support/chance.ts';
import { cpuMsOf } from '../../../../support/cpu-time.ts';
import { callWith, conditionOf, problemsOf } from '../../../../support/conditions.ts';

/** What an evaluation may take of the processor, some milliseconds, with room for a machine that is slow. */
const cpuMsMax = 25;

const fill = <T>(length: number, item: (index: number) => T): T[] =>
  Array.from({ length }, (_unused, index) => item(index));
const nested = (depth: number, open: string, close: string): Json =>
  JSON.parse(open.repeat(depth) + close.repeat(depth));

const expressions = [
  'args.rows.exists(r, r.role == "admin")',
  'args.rows.all(r, r.role == "admin" || r.role == "owner" || has(r.other) && r.other > 3)',
  `args.rows.exists(r, ${fill(20, (index) => `r.role == "admin${index}"`).join(' || ')})`,
  'args.rows.exists(r, r.cells.exists(c, c.text == "x"))',
  'args.rows.exists(r, args.other.exists(o, r.id == o.id))',
  'args.rows.exists(r, args.other.exists(o, r == o))',
  'args.rows.all(r, r in args.other)',
  'args.rows.filter(r, r.id > 3).size() > 5',
  'args.rows.filter(r, r.id > 3).exists(r, r in args.other.filter(o, o.id == 1))',
  'args.rows == args.other',
  'args.rows.all(r, !args.text.contains("aaaaaaaaaaaaaaaaaaab"))',
  'args.text.contains(args.needle)',
  'args.rows.exists(r, args.text.contains(r))',
  '["a", "b"].exists(p, args.rows.exists(r, r.startsWith(p)))',
  'size(args.text) > 10 && args.text.size() < 99',
  "re(args.text, '(a+)+$')",
  "re(args.text, '(?i)\\\\b(drop|truncate|delete|alter)\\\\b')",
  "re(args.text, '\\\\pL+\\\\s+\\\\pN+$')",
  "args.rows.exists(r, re(r, '(x+x+)+y'))",
  'glob(args.text, "*a?b*c?d*e?f*")',
  'args.rows.all(r, glob(r, "*drop*table*"))',
  '"a" + args.text + args.text == args.needle',
  'args.rows[args.index] == "x" || args[args.text] == 1',
  'timestamp(args.text) < at || int(args.text) > 1 || double(args.text) > 1.0',
];

const texts = (units: number): string[] => [
  `${'a'.repeat(units)}!`,
  'é'.repeat(units),
  '\u{fdfa}'.repeat(units),
  'aé'.repeat(units / 2),
  'x y 1 '.repeat(units / 6),
  '1'.repeat(units),
  '\ud800'.repeat(units),
];

/** Calls by somebody who wants to be a burden, from those that are judged to those that are far too large. */
function* hostileArguments(): Generator<Json> {
  for (const length of [10, 30, 35, 50, 90, 150, 400, 900, 1_300, 1_900, 5_000, 20_000]) {
    yield { rows: fill(length, () => ({})), other: fill(length, () => ({})), text: 'a', needle: 'b' };
    yield { rows: fill(length, (id) => ({ id, role: 'x' })), other: fill(length, (id) => ({ id: -id })), text: 'a' };
    yield { rows: fill(length, (id) => `x${id}`), other: fill(length, (id) => `y${id}`), text: 'a'.repeat(length) };
    yield { rows: fill(length, () => 'xa'.repeat(length)), other: fill(length, () => ''), needle: 'a'.repeat(length) };
    yield { rows: fill(Math.ceil(length / 10), () => ({ cells: fill(10, () => ({})) })), other: [] };
    yield { rows: fill(10, () => ({ cells: fill(Math.ceil(length / 10), () => ({ text: 1 })) })), other: [] };
    yield { rows: Object.fromEntries(fill(length, (id) => [`k${id}`, {}])), other: {} };
  }
  for (const units of [3_000, 13_000, 48_000, 65_530, 200_000, 1_600_000]) {
    for (const text of texts(units)) {
      yield { text, needle: `b${'a'.repeat(units / 2)}`, rows: [text], other: [text], index: 0 };
    }
  }
  for (const depth of [3, 7, 20, 1_000, 5_000]) {
    yield {
      rows: nested(depth, '[', ']'),
      other: nested(depth, '[', ']'),
      text: JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
    };
  }
}

describe('whatever a caller sends', () => {
  const calls = [...hostileArguments()].map((args) => callWith({ args }));

  test.each(expressions)('%s is judged within some milliseconds', (when) => {
    const { judge } = conditionOf(when);
    const worst = Math.max(
      ...calls.map((call) => {
        judge(call);
        return cpuMsOf(() => judge(call));
      }),
    );
    expect(worst).toBeLessThan(cpuMsMax);
  });
});

describe('a matcher', () => {
  /** Values of every kind, and some that JSON.parse does not make. */
  function anything(chance: Chance, depth: number): unknown {
    const leaf = [
      null,
      true,
      0,
      -0,
      1.5,
      2 ** 53,
      Infinity,
      Number.NaN,
      '',
      'a',
      '\ud800',
      '1',
      '__proto__',
      undefined,
    ];
    const kind = chance.below(depth > 0 ? 5 : 3);
    if (kind < 3) return leaf[chance.below(leaf.length)];
    if (kind === 3) return fill(chance.below(4), () => anything(chance, depth - 1));
    const names = ['rows', 'other', 'text', 'needle', 'id', 'role', 'cells', 'constructor', '__proto__', 'then', ''];
    const object: Record<string, unknown> = {};
    for (let count = chance.below(5); count > 0; count -= 1) {
      const value = anything(chance, depth - 1);
      Object.defineProperty(object, chance.pick(names), {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return object;
  }

  test('never throws, and fits for both decisions only what it can judge', () => {
    const chance = createChance(6);
    const block = expressions.map((when) => conditionMatchers(when, { decision: 'block', reading: 'exact' }));
    const allow = expressions.map((when) => conditionMatchers(when, { decision: 'allow', reading: 'exact' }));
    for (let round = 0; round < 4_000; round += 1) {
      const call = callWith({ args: anything(chance, 4) as Json });
      const index = chance.below(expressions.length);
      const [restricts] = block[index] ?? [];
      const [allows] = allow[index] ?? [];
      const fits = restricts?.fits(call) ?? false;
      expect(restricts?.says(call, fits)).toEqual(expect.any(String));
      // What allows must hold, and what does not restrict must not: in between, both are strict.
      if (allows?.fits(call) === true) expect(fits).toBe(true);
    }
  });

  test('tells what the rule says, and no value of an argument', () => {
    const when = 'has(args.limit) && args.limit > 1000 && args[args.key] == "x"';
    const [matcher] = conditionMatchers(when, { decision: 'block', reading: 'generous' });
    const says = (args: Json): string | undefined => matcher?.says(callWith({ args }), true);
    expect(says({ limit: 5 })).toBe('has(args.limit) holds, args.limit > 1000 does not hold');
    expect(says({})).toBe('has(args.limit) does not hold');
    expect(says({ limit: 1001, key: 'limit' })).toBe(
      'has(args.limit) holds, args.limit > 1000 holds, args[args.key] == "x" does not hold',
    );
    const canary = says({ limit: 1001, key: 'canary' });
    expect(canary).toContain('args[args.key] == "x" cannot be judged: it reads what is absent or of another type');
    expect(canary).not.toContain('canary');
  });
});

describe('a pattern of re', () => {
  test.each([
    '^[a-z0-9-]{1,63}$',
    '\\b\\d{3}-\\d{2}-\\d{4}\\b',
    '(?i)\\b(drop|truncate|alter)\\s+(table|schema|database)\\b',
    '[A-Za-z0-9_]{20,}',
    '^(?:\\d{1,3}\\.){3}\\d{1,3}$',
    '^/srv/(public|shared)/[^/]+\\.(txt|md)$',
    '(?s)^select\\b.*\\bfrom\\b.*$',
    '^[\\w.+-]+@[\\w-]+(\\.[\\w-]+)+$',
  ])('that people write is taken: %s', (pattern) => {
    expect(problemsOf(`re(args.text, r'${pattern}')`)).toEqual([]);
  });

  test.each(['(.?){40}a{10,40}[a-c].{30}z', 'a[ab]{16}$', '(a|b)*a(a|b){30}$', '(x{1,100}){1,100}y'])(
    'whose automaton is too large is refused: %s',
    (pattern) => {
      expect(problemsOf(`re(args.text, r'${pattern}')`)[0]?.message).toMatch(/takes long|invalid repeat count/);
    },
  );

  test('takes time that grows as its text does', () => {
    const { judge } = conditionOf("re(args.text, '(a+)+$')");
    const timeOf = (units: number): number => {
      const call = callWith({ args: { text: `${'a'.repeat(units)}!` } });
      judge(call);
      return cpuMsOf(() => Array.from({ length: 20 }, () => judge(call))) / 20;
    };
    const [short, long] = [timeOf(4_000), timeOf(64_000)];
    expect(long).toBeLessThan(cpuMsMax);
    // Sixteen times the text; a search that went back once per character would take 256 times as long.
    expect(long).toBeLessThan(64 * short);
  });

  test('searches no text above 64 KB', () => {
    const { judge } = conditionOf("re(args.text, 'a')");
    expect(judge(callWith({ args: { text: 'a'.repeat(65_536) } }))).toBe(true);
    expect(judge(callWith({ args: { text: 'a'.repeat(65_537) } }))).not.toBe(true);
  });
});

describe('what callers send', () => {
  test('counts as what it becomes when its letters are folded', () => {
    const { judge } = conditionOf('glob(args.text, "*drop*")');
    expect(judge(callWith({ args: { text: 'a'.repeat(60_000) } }))).toBe(false);
    expect(judge(callWith({ args: { text: '\u{fdfa}'.repeat(60_000) } }))).toBe(doubts.tooLarge);
  });

  test('makes the library keep few types', () => {
    const { judge } = conditionOf('args.rows == args.other');
    expect(judge(callWith({ args: { rows: nested(4, '[', ']'), other: [] } }))).toBe(false);
    expect(judge(callWith({ args: { rows: nested(5, '[', ']'), other: [] } }))).toBe(doubts.tooDeep);
    const { judge: judgeWrapped } = conditionOf('[args.rows] == [args.other]');
    expect(judgeWrapped(callWith({ args: { rows: nested(5, '[', ']'), other: [] } }))).toBe(doubts.tooDeep);
    const { judge: judgeOne } = conditionOf('size(args.rows) > 0');
    expect(judgeOne(callWith({ args: { rows: nested(8, '[', ']') } }))).toBe(true);
    expect(judgeOne(callWith({ args: { rows: nested(9, '[', ']') } }))).toBe(doubts.tooDeep);
  });

  test.each([
    ['args.a.exists(x, args.b.exists(y, args.c.exists(z, x == y && y == z)))', 'at most 2 lists'],
    ['(args.x == 1 ? args.a : args.b).exists(x, x == 1)', 'a loop goes through'],
  ])('has no part in %s, which is refused', (when, expected) => {
    expect(problemsOf(when)[0]?.message).toContain(expected);
  });
});
