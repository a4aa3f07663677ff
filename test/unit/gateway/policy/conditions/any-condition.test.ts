import { describe, expect, test } from 'vitest';
import { compileCondition } from '../../../../../gateway/policy/conditions/compile.ts';
import { doubts, type Condition } from '../../../../../gateway/policy/conditions/condition.ts';
import { createChance, type Chance } from '../../../../support/chance.ts';
import { callWith } from '../../../../support/conditions.ts';
import { cpuMsOf } from '../../../../support/cpu-time.ts';
import { otherCondition } from '../../../../support/other-cel.ts';
import { largeArguments, randomExpression, smallArguments } from '../../../../support/random-conditions.ts';

const cpuMsMax = 25;

/** The next expression that is sound. */
function nextCondition(chance: Chance): { readonly when: string; readonly condition: Condition } {
  for (;;) {
    const when = randomExpression(chance);
    const compiled = compileCondition(when, { decision: 'allow', reading: 'exact' });
    if ('condition' in compiled) return { when, condition: compiled.condition };
  }
}

describe('any condition', () => {
  test('is judged as another implementation judges it, or not at all', () => {
    const chance = createChance(1);
    let compared = 0;
    for (let expression = 0; expression < 400; expression += 1) {
      const { when, condition } = nextCondition(chance);
      const other = otherCondition(when, 'exact');
      for (let round = 0; round < 20; round += 1) {
        const call = callWith({ args: smallArguments(chance) });
        const finding = condition.judge(call);
        if (typeof finding === 'string' && finding !== doubts.unfit) continue;
        compared += 1;
        const is = typeof finding === 'boolean' ? finding : undefined;
        expect({ when, args: call.args, is }).toEqual({ when, args: call.args, is: other(call) });
      }
    }
    expect(compared).toBeGreaterThan(4_000);
  });

  test('is judged within some milliseconds, and never throws, however large what it reads is', () => {
    const chance = createChance(2);
    const known = new Set<unknown>([true, false, ...Object.values(doubts)]);
    let tooLarge = 0;
    for (let expression = 0; expression < 200; expression += 1) {
      const { when, condition } = nextCondition(chance);
      for (const size of [30, 100, 400, 1_000, 3_000, 20_000, 60_000]) {
        const call = callWith({ args: largeArguments(chance, size) });
        const finding = condition.judge(call);
        expect(known).toContain(finding);
        if (finding === doubts.tooLarge) tooLarge += 1;
        const cpuMs = cpuMsOf(() => condition.judge(call));
        expect(cpuMs, `${when} of about ${size} items`).toBeLessThan(cpuMsMax);
      }
    }
    expect(tooLarge).toBeGreaterThan(50);
  });
});
