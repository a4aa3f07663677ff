import { describe, expect, test } from 'vitest';
import { ruleSchema, type RuleFile } from '../../../../gateway/config/rule-schema.ts';
import type { JudgeInput } from '../../../../gateway/policy/judge-input.ts';
import { rulesFor } from '../../../../gateway/policy/rule-index.ts';
import { applies, compileRule, type Rule } from '../../../../gateway/policy/rule.ts';
import { createChance } from '../../../support/chance.ts';

const rounds = 3_000;
const chance = createChance(7);
const pick = <T>(items: readonly T[]): T => chance.pick(items);
/** Spellings that read alike generously, patterns, and a star that only folding brings to light. */
const names = [
  'ops',
  'OPS',
  'ｏｐｓ',
  'op*',
  'ops|files',
  'files',
  '*',
  'o?s',
  'ops＊',
  'ſops',
  ' ops | FILES ',
  'e*',
  'OP?',
  'o*s',
  'ΑΣ*',
];
const someNames = (): string | string[] => pick<string | string[]>([pick(names), [pick(names), pick(names)]]);
const groups = (): object | string =>
  pick<object | string>([
    pick(names),
    { any: [pick(names), pick(names)] },
    { all: [pick(names), pick(names)] },
    { all: [pick(names)] },
  ]);

function aRule(id: string): Rule {
  const match: Record<string, unknown> = {};
  if (chance.below(2) === 0) match['connection'] = someNames();
  if (chance.below(2) === 0) match['tool'] = someNames();
  const claims: Record<string, unknown> = {};
  if (chance.below(3) === 0) claims['groups'] = groups();
  if (chance.below(6) === 0) claims['subject'] = pick(names);
  if (chance.below(6) === 0) match['args'] = { n: 1 };
  const decision = pick<RuleFile['decision']>(['allow', 'block', 'require_approval']);
  return compileRule(ruleSchema.parse({ id, decision, match: { ...match, claims } }), undefined);
}

function aCall(): JudgeInput {
  const texts = [
    'ops',
    'OPS',
    'ｏｐｓ',
    'files',
    'FILES',
    'ops*',
    'sops',
    'ſops',
    'e\u0301x',
    'opsis',
    'ΑΣΑ',
    'oops',
    'other',
  ];
  const tool = chance.below(9) === 0 ? undefined : pick(texts);
  return {
    connection: pick(texts),
    method: pick(['tools/call', 'prompts/get', 'secrets/export']),
    ...(tool === undefined ? {} : { tool }),
    caller: {
      issuer: 'i',
      subject: pick(texts),
      groups: Array.from({ length: chance.below(4) }, () => pick(texts)),
      actors: [],
    },
    args: pick([{}, { n: 1 }, { n: 2 }]),
    at: new Date(0),
  };
}

const byId = (a: Rule, b: Rule): number => a.id.localeCompare(b.id);

describe('the rules asked about a call', () => {
  test('are all that fit it, for any policy and any call', () => {
    let fitting = 0;
    for (let round = 0; round < rounds; round += 1) {
      const rules = Array.from({ length: chance.below(12) }, (_, n) => aRule(`r${n}`));
      const call = aCall();
      const fits = (rule: Rule): boolean => applies(rule, call);
      const expected = rules.filter(fits);
      expect(rulesFor(rules, call).filter(fits).toSorted(byId)).toEqual(expected.toSorted(byId));
      fitting += expected.length;
    }
    expect(fitting).toBeGreaterThan(rounds);
  });

  test('are few where many rules are about other tools, connections and teams', () => {
    const about = (match: object): Rule =>
      compileRule(ruleSchema.parse({ id: JSON.stringify(match), decision: 'allow', match }), undefined);
    const rules = Array.from({ length: 3_000 }, (_, n) => [
      about({ connection: 'ops', tool: `other-${n}-*` }),
      about({ connection: `server-${n}` }),
      about({ tool: `tool-${n}|other-${n}` }),
      about({ connection: 'ops', claims: { groups: `team-${n}` } }),
    ]).flat();
    const caller = { issuer: 'i', subject: 's', groups: ['team-7', 'everybody'], actors: [] };
    const asked = rulesFor(rules, { connection: 'ops', tool: 'other-9', caller });
    expect(rulesFor(rules, { connection: 'ops', tool: 'OTHER-9-now', caller }).map(({ id }) => id)).toContain(
      '{"connection":"ops","tool":"other-9-*"}',
    );
    expect(asked.map(({ id }) => id).toSorted()).toEqual([
      '{"connection":"ops","claims":{"groups":"team-7"}}',
      '{"tool":"tool-9|other-9"}',
    ]);
  });
});
