import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileCondition } from '../../../../../gateway/policy/conditions/compile.ts';
import { doubts, type Finding } from '../../../../../gateway/policy/conditions/condition.ts';
import {
  runCase,
  specificationCases,
  type Outcome,
  type SpecificationCase,
} from '../../../../support/cel-specification.ts';
import { callWith } from '../../../../support/conditions.ts';

/** Cases of the specification's own suite that the library does not pass, by their ids, each with how it fails. */
const pinned = JSON.parse(readFileSync(new URL('conformance-failures.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Outcome>
>;
const cases = specificationCases();
const allow = { decision: 'allow', reading: 'exact' } as const;

describe('the conformance suite of CEL', () => {
  test('has its core cases here, each once', () => {
    expect(cases.length).toBe(1_080);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  test('is passed by the library, but for the cases that are pinned', () => {
    const failing = cases
      .map((one) => [one.id, runCase(one)] as const)
      .filter(([, outcome]) => outcome !== 'as specified');
    expect(Object.fromEntries(failing)).toEqual(pinned);
  });

  const judgeInRule = ({ expression, test: { resultMatcher } }: SpecificationCase) => {
    const isBool = resultMatcher.case === 'value' && resultMatcher.value.kind.case === 'boolValue';
    // What says another thing than yes or no, a rule can compare.
    const compiled = compileCondition(isBool ? expression : `[${expression}] == []`, allow);
    if ('problems' in compiled) return 'refused';
    const expected: Finding = isBool ? resultMatcher.value.kind.value === true : doubts.unfit;
    return compiled.condition.judge(callWith()) === expected ? 'as specified' : 'otherwise';
  };

  test.each(cases.filter(({ id }) => pinned[id] === 'wrong value'))(
    'where the library has a wrong value, $expression, a rule is refused or judged as specified',
    (one) => {
      expect(judgeInRule(one)).not.toBe('otherwise');
    },
  );

  test('is never contradicted by a rule: what is taken is judged as specified', () => {
    const comparable = cases.filter(
      ({ test: { resultMatcher, bindings } }) =>
        Object.keys(bindings).length === 0 &&
        (resultMatcher.case === 'evalError' ||
          (resultMatcher.case === 'value' && resultMatcher.value.kind.case === 'boolValue')),
    );
    const judged = comparable.map((one) => ({ id: one.id, how: judgeInRule(one) }));
    expect(judged.filter(({ how }) => how === 'otherwise')).toEqual([]);
    expect(judged.filter(({ how }) => how === 'as specified').length).toBeGreaterThanOrEqual(190);
  });
});
