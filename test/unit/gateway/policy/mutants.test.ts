import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runTests } from '../../../../gateway/config/check-tests.ts';
import { readConfig } from '../../../../gateway/config/load.ts';
import type { RuleFile } from '../../../../gateway/config/rule-schema.ts';
import { packTestFailure, policyOfPack } from '../../../../gateway/policy/packs/pack-tests.ts';
import { readPack } from '../../../../gateway/policy/packs/read-pack.ts';
import { shippedPackFile, shippedPacks } from '../../../../gateway/policy/packs/shipped.ts';
import { compileApproval, compileRule, type Policy } from '../../../../gateway/policy/rule.ts';
import { mutantsOf } from '../../../support/policy-mutants.ts';
import { sampleEnvironment } from '../../../support/sample-environment.ts';

const samples = ['infra/sample/countersign.yaml'];

/** Changes that no test of the policy notices. */
function survivors(rules: readonly RuleFile[], notices: (rules: readonly RuleFile[]) => boolean): string[] {
  return mutantsOf(rules)
    .filter((mutant) => !notices(mutant.rules))
    .map(({ says }) => says);
}

describe('no rule can be deleted, flipped or widened without a test that notices', () => {
  test.each(shippedPacks())('in the pack %s', (name) => {
    const read = readPack(shippedPackFile(name), (file) => readFileSync(file, 'utf8'), []);
    if (read === undefined) throw new Error(`${name} is not sound`);
    const { pack } = read;
    const notices = (rules: readonly RuleFile[]): boolean => {
      const policy = policyOfPack({ ...pack, rules: [...rules] });
      return pack.tests.some((one) => packTestFailure(policy, one) !== undefined);
    };
    expect(notices(pack.rules)).toBe(false);
    expect(survivors(pack.rules, notices)).toEqual([]);
  });

  test.each(samples)('in %s', (path) => {
    const { config, files } = readConfig([path], { env: sampleEnvironment, loopback: true, detectorsDigest: 'd' });
    const notices = (rules: readonly RuleFile[]): boolean => {
      const compiled = rules.map((rule) =>
        compileRule(rule, rule.approval && compileApproval(rule.approval, config.approvers)),
      );
      // What packs add stays as it is.
      const others = config.policy.rules.filter(({ id }) => !own.some((rule) => rule.id === id));
      const policy: Policy = { ...config.policy, rules: [...compiled, ...others] };
      return runTests({ ...config, policy }, files, []).some(({ problem }) => problem !== undefined);
    };
    const own = files.flatMap(({ content }) => content.rules);
    expect(notices(own)).toBe(false);
    expect(survivors(own, notices)).toEqual([]);
  });
});

test('a change that no test notices is found', () => {
  const rule = (id: string): RuleFile => ({ id, decision: 'block', match: { tool: id } });
  const found = survivors(
    [rule('a'), rule('b')],
    (rules) => !rules.some(({ id, decision }) => id === 'a' && decision === 'block'),
  );
  expect(found).toEqual(['a without tool', 'b deleted', 'b decides allow', 'b without tool']);
});
