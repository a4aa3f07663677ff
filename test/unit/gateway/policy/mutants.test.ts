import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTests } from '../../../../gateway/config/check-tests.ts';
import { readConfig } from '../../../../gateway/config/load.ts';
import type { RuleFile } from '../../../../gateway/config/rule-schema.ts';
import { packTestFailure, policyOfPack } from '../../../../gateway/policy/packs/pack-tests.ts';
import { readPack } from '../../../../gateway/policy/packs/read-pack.ts';
import { shippedPackFile, shippedPacks } from '../../../../gateway/policy/packs/shipped.ts';
import { compileApproval, compileRule, type Policy } from '../../../../gateway/policy/rule.ts';
import { mutantsOf, type Mutant } from '../../../support/policy-mutants.ts';
import { sampleEnvironment } from '../../../support/sample-environment.ts';

const page = readFileSync('gateway/policy/README.md', 'utf8');
const [base = '', ...examples] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml]) => yaml ?? '');
const titles = [...page.matchAll(/^### \d+\. (.*)$/gm)].map(([, title]) => title ?? '');
const reference = 'the reference: ';
const sample = readFileSync('infra/sample/countersign.yaml', 'utf8');
/** Files as a gateway reads them together. */
const policies: readonly (readonly [string, readonly string[]])[] = [
  ['infra/sample/countersign.yaml', [sample]],
  ...examples.map((example, index) => [`${reference}${titles[index] ?? ''}`, [base, example]] as const),
];

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-mutants-'));
});
afterAll(() => rm(home, { recursive: true }));

/** Changes that no test of the policy notices. */
function survivors(
  rules: readonly RuleFile[],
  notices: (rules: readonly RuleFile[]) => boolean,
  kinds: readonly Mutant['kind'][] = ['deleted', 'flipped', 'widened'],
): string[] {
  return mutantsOf(rules)
    .filter(({ kind }) => kinds.includes(kind))
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

  test.each(policies)('in %s', async (name, texts) => {
    const paths = texts.map((_text, index) => join(home, `${index}.yaml`));
    await Promise.all(texts.map((text, index) => writeFile(paths[index] ?? '', text)));
    const { config, files } = readConfig(paths, { env: sampleEnvironment, loopback: true, detectorsDigest: 'd' });
    const notices = (rules: readonly RuleFile[]): boolean => {
      const compiled = rules.map((rule) =>
        compileRule(rule, rule.approval && compileApproval(rule.approval, config.approvers)),
      );
      // What packs add stays as it is.
      const others = config.policy.rules.filter(({ id }) => !own.some((rule) => rule.id === id));
      const policy: Policy = { ...config.policy, rules: [...compiled, ...others] };
      return runTests({ ...config, policy }, files, []).some(({ problem }) => problem !== undefined);
    };
    const own = files.flatMap(({ content }) => content.rules).filter(({ mode }) => mode !== 'shadow');
    expect(notices(own)).toBe(false);
    // An example shows one thing each, and leaves out the tests that would only show what it is not about.
    const isExample = name.startsWith(reference);
    expect(survivors(own, notices, isExample ? ['deleted', 'flipped'] : undefined)).toEqual([]);
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
