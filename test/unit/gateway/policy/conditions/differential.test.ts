import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../../workflows/contract/call.ts';
import { doubts } from '../../../../../gateway/policy/conditions/condition.ts';
import type { JudgeInput } from '../../../../../gateway/policy/judge-input.ts';
import { createChance, type Chance } from '../../../../support/chance.ts';
import { callWith, conditionOf } from '../../../../support/conditions.ts';
import { otherCondition } from '../../../../support/other-cel.ts';
import { shippedConditions } from '../../../../support/shipped-conditions.ts';

/** What people write in policies. */
const usual = [
  'has(args.limit) && args.limit > 1000',
  'args.limit > 1000 || args.limit < 0',
  'args.limit == 1000',
  'args.limit != 1000.5',
  'args.limit >= 10 && args.limit <= 20.5',
  '10 < args.limit',
  'int(args.limit) % 2 == 0',
  'int(args.limit) + 1 > 10',
  'int(args.limit) / 3 == 1',
  'int(args.limit) * 2 - 1 == 3',
  'double(args.limit) * 1.5 > 15.0',
  'args.limit + 0.5 > 10.0',
  'args.limit * 2.0 == 20.0',
  'args.limit / 4.0 < 2.0',
  '-args.limit > 5.0',
  'args.name == "admin"',
  'args.name != "admin"',
  'args.name in ["admin", "root"]',
  'args.limit in [1, 10.0, "admin"]',
  '!(args.name in ["admin", "root"])',
  'args.name.startsWith("ad")',
  'args.name.endsWith("min") || args.name.contains("oo")',
  'size(args.name) > 4',
  'args.name.size() == 5',
  'args.name < "m"',
  '"b" <= args.name',
  'args.name + "-x" == "admin-x"',
  'args.name == args.other',
  'args.name != args.other',
  'args.force == true',
  '!args.force || args.limit > 10',
  'args.force == true ? args.limit > 10 : args.limit > 1000',
  'args.other == null',
  'has(args.other) && args.other != null',
  'has(args.page.limit)',
  'has(args.page) && has(args.page.limit) && args.page.limit > 10',
  'args.page.limit > 10',
  'args["page"]["limit"] > 10',
  'args["page"].limit in [1, 10]',
  '"limit" in args',
  '"limit" in args.page',
  'args.page == args.other',
  'args.ids[0] == 1',
  'args.ids[args.limit] == 1',
  'size(args.ids) > 2',
  'args.ids.size() == 0',
  '1 in args.ids',
  'args.name in args.ids',
  'args.ids == [1, 10]',
  'args.ids == args.other',
  'args.ids.exists(i, i > 10)',
  'args.ids.all(i, i > 0)',
  'args.ids.exists_one(i, i == 10)',
  'args.ids.filter(i, i > 5).size() > 1',
  'args.ids.all(i, i in [1, 10])',
  'args.ids.exists(i, args.other.exists(o, o == i))',
  'args.rows.exists(r, r.name == "admin")',
  'args.rows.all(r, has(r.limit) && r.limit < 100)',
  'args.rows.exists(r, r.name.startsWith("ad") || r.limit > 10)',
  'args.rows.exists(r, r.ids.exists(i, i == 10))',
  'args.rows.filter(r, r.name == "admin").size() == 1',
  '["admin", "root"].exists(n, args.name.startsWith(n))',
  '["a", "b"].all(n, !args.name.contains(n))',
  're(args.name, "^a.*n$")',
  're(args.name, "(a+)+$") || args.limit > 10',
  'glob(args.name, "a*n")',
  '!glob(args.name, "a?min") && args.limit > 10',
  'connection == "prod-db" && args.limit > 10',
  'tool.startsWith("que") && "sre" in caller.groups',
  'caller.groups.exists(g, g.startsWith("d"))',
  'caller.subject == args.name',
  'has(caller.owner) && caller.owner == "ops"',
  'caller.owner == "ops"',
  'caller.actors.size() > 0 || uri == "file:///a"',
  'has(purpose.code) && purpose.code == "incident"',
  'purpose.code == "incident"',
  'at.getHours() >= 18 || at.getDayOfWeek() == 0',
  'at.getHours("America/Sao_Paulo") < 9',
  'at.getMinutes("+05:30") == 0 && at.getDate() == 24',
  'at > timestamp("2026-11-24T18:00:00Z")',
  'timestamp(args.since) < at - duration("24h")',
  'at - timestamp(args.since) > duration("1h30m")',
  '"ddl" in command.effects || command.dialect == "bash"',
  'command.effects.all(e, e in ["read", "write"])',
  'args.limit > 10 && args.force == true || args.name == "admin" && !has(args.other)',
];

const scalars: readonly Json[] = [
  0,
  1,
  2,
  3,
  5,
  10,
  10.5,
  1000,
  1001,
  1000.5,
  -1,
  -0.5,
  -10,
  9007199254740991,
  true,
  false,
  null,
  '',
  'admin',
  'root',
  'x',
  'a',
  'min',
  '10',
  '1e3',
  '007',
  ' 1',
  '+5',
  '-7',
  '0x10',
  'é',
  '\u{1f600}',
  'limit',
  'incident',
  '2026-11-23T18:30:00Z',
  '2026-11-24T17:29:00.5+00:00',
  '2026-11-24',
  '2026-13-01T00:00:00Z',
];
const names = ['limit', 'name', 'other', 'force', 'page', 'ids', 'rows', 'since'];

function valueFor(name: string, words: readonly Json[], chance: Chance, depth: number): Json {
  const scalar = (): Json => chance.pick([...scalars, ...words]);
  const list = (item: () => Json): Json => Array.from({ length: chance.below(4) }, item);
  const odd = chance.below(12);
  if (odd === 0) return scalar();
  if (odd === 1) return list(scalar);
  if (odd === 2) return { [chance.pick(names)]: scalar() };
  switch (name) {
    case 'ids':
      return list(() => chance.pick([1, 10, 11, 0.5, 'admin', ...words]));
    case 'force':
      return chance.pick([true, false, scalar()]);
    case 'rows':
      return depth === 0 ? [] : list(() => objectOf(words, chance, depth - 1));
    case 'page':
      return { limit: chance.pick([1, 10, 11, 'x']), ...(chance.below(2) === 0 ? {} : { name: scalar() }) };
    default:
      return scalar();
  }
}

function objectOf(words: readonly Json[], chance: Chance, depth = 2): Json {
  const used = names.filter(() => chance.below(3) > 0);
  const more = words.filter((word) => typeof word === 'string').filter(() => chance.below(3) === 0);
  return Object.fromEntries([...used, ...more].map((name) => [name, valueFor(name, words, chance, depth)]));
}

/** Now and then two of them are the same. */
function argumentsFor(words: readonly Json[], chance: Chance): Json {
  const args = objectOf(words, chance) as Readonly<Record<string, Json>>;
  const twin = args[chance.pick(['ids', 'page', 'name', 'x', 'x'])];
  return twin === undefined ? args : { ...args, other: twin };
}

function callFor(words: readonly Json[], chance: Chance): JudgeInput {
  const { tool: _tool, ...call } = callWith({
    args: argumentsFor(words, chance),
    connection: chance.pick(['prod-db', 'ops']),
    caller: {
      issuer: 'i',
      subject: chance.pick(['ada', 'admin']),
      groups: chance.pick([[], ['sre'], ['dba', 'x']]),
      actors: chance.pick([[], ['agent']]),
      ...chance.pick([{}, { owner: 'ops' }, { owner: 'x', email: 'ada@example.com' }]),
    },
    at: new Date(Date.UTC(2026, 10, 20 + chance.below(9), chance.below(24), chance.pick([0, 30, chance.below(60)]))),
  });
  const purpose = { text: 'x', source: 'meta', claimedBy: 'agent' } as const;
  const act = { system: 'sql', effects: chance.pick([['read'], ['write', 'ddl']] as const), construct: 'X' } as const;
  return {
    ...call,
    ...chance.pick([{}, { tool: 'query' }, { tool: 'list' }]),
    ...chance.pick([{}, { uri: 'file:///a' }, { uri: 'file:///b' }]),
    ...chance.pick([{}, { purpose: { ...purpose, code: 'incident' } }, { purpose: { ...purpose, code: 'audit' } }]),
    ...chance.pick([{}, { annotations: { hints: { readOnlyHint: true }, trusted: true } }]),
    ...chance.pick([
      {},
      { command: { dialect: 'postgres', acts: [{ ...act, targets: { relations: ['x'] } }] } as const },
    ]),
  };
}

/** What an expression names and compares with: calls that hold these are those that it tells apart. */
function wordsOf(when: string): readonly Json[] {
  const literals = [...when.matchAll(/"([^"]*)"|'([^']*)'|\b(\d+(?:\.\d+)?)\b|\.(\w+)\b/g)];
  return literals.map(([, double, single, number, field]) =>
    number === undefined ? (double ?? single ?? field ?? '') : Number(number),
  );
}

const holdsNull = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.values(value).some(holdsNull));

/**
 * Where the other implementation is laxer than the specification, by expression and arguments: it takes null for absent,
 * reads numbers out of any text, and indexes lists by texts.
 */
const laxer: readonly (readonly [RegExp, (args: Readonly<Record<string, Json>>) => boolean])[] = [
  [/has\(|" in args/, holdsNull],
  [/(int|double)\(args\.limit\)/, ({ limit }) => typeof limit === 'string' && !/^[+-]?\d+$/.test(limit)],
  [/\[args\.limit\]/, ({ limit }) => typeof limit !== 'number'],
  [/ in args\.ids/, ({ ids }) => !Array.isArray(ids)],
];

const rounds = 250;
const shipped = shippedConditions();

describe('another implementation of the language', () => {
  const agreeOn = (when: string, decision: 'allow' | 'block' | 'require_approval'): void => {
    const chance = createChance(when.length);
    const words = wordsOf(when);
    const { judge } = conditionOf(when, decision);
    const other = otherCondition(when, decision === 'allow' ? 'exact' : 'generous');
    let compared = 0;
    for (let round = 0; round < rounds; round += 1) {
      const call = callFor(words, chance);
      const args = call.args as Readonly<Record<string, Json>>;
      if (laxer.some(([pattern, isLax]) => pattern.test(when) && isLax(args))) continue;
      const finding = judge(call);
      // It knows no paths in disguise, no distrust, no bounds, and lets any type be compared with any other: what only
      // we refuse to judge is no disagreement.
      if (typeof finding === 'string' && finding !== doubts.unfit) continue;
      compared += 1;
      const expected = other(call);
      expect({ call, is: typeof finding === 'boolean' ? finding : undefined }).toEqual({ call, is: expected });
    }
    expect(compared).toBeGreaterThan(rounds / 5);
  };

  test.each(usual)('says the same of %s', (when) => agreeOn(when, 'block'));

  test.each(shipped)('says the same of what is shipped in $file: $when', ({ when, decision }) =>
    agreeOn(when, decision),
  );

  test('is asked about every condition that is shipped, of which there are some', () => {
    expect(shipped.map(({ file }) => file)).toContain('gateway/policy/README.md');
    expect(shipped.map(({ file }) => file)).toContain('gateway/policy/conditions/README.md');
  });

  test('is asked about what holds for some calls and not for others', () => {
    const decided = usual.filter((when) => {
      const chance = createChance(when.length);
      const { judge } = conditionOf(when);
      const found = new Set(Array.from({ length: rounds }, () => judge(callFor(wordsOf(when), chance))));
      return found.has(true) && found.has(false);
    });
    expect(usual.filter((when) => !decided.includes(when))).toEqual([]);
  });
});
