import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { policyCommand } from '../../../../gateway/cli/policy.ts';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { ConfigError, type Problem } from '../../../../gateway/config/problems.ts';
import { captured } from '../../../support/captured.ts';

interface Example {
  readonly rules: readonly { readonly id: string; readonly mode?: string }[];
  readonly tests: readonly { readonly name: string; readonly expect: { readonly decision: string } }[];
}

const page = readFileSync(new URL('../../../../gateway/policy/README.md', import.meta.url), 'utf8');
const [base = '', ...examples] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml]) => yaml ?? '');
const titles = [...page.matchAll(/^### \d+\. (.*)$/gm)].map(([, title]) => title ?? '');
const titled = examples.map((example, index) => [titles[index] ?? '', example] as const);

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-reference-'));
  await writeFile(join(home, 'base.yaml'), base);
});
afterAll(() => rm(home, { recursive: true }));

/** What a gateway says of the two files together: problems, or warnings when it takes them. */
async function load(example: string): Promise<{ problems: readonly Problem[]; warnings: readonly Problem[] }> {
  const file = join(home, 'example.yaml');
  await writeFile(file, example);
  let warnings: readonly Problem[] = [];
  const warn = (said: readonly Problem[]): void => void (warnings = said);
  try {
    loadConfig([join(home, 'base.yaml'), file], { env: {}, loopback: false, detectorsDigest: 'd', warn });
    return { problems: [], warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems, warnings };
  }
}

const others: Readonly<Record<string, string>> = {
  allow: 'block',
  block: 'require_approval',
  require_approval: 'allow',
};

describe('the reference of the policy language', () => {
  test('has ten worked examples', () => {
    expect([titles.length, examples.length]).toEqual([10, 10]);
  });

  test.each(titled)('is right: %s', async (_title, example) => {
    expect(await load(example)).toEqual({ problems: [], warnings: [] });
  });

  test.each(titled)('says what comes of each of its calls: %s', async (_title, example) => {
    const { tests, ...rest } = parse(example) as Example;
    expect(tests.length).toBeGreaterThanOrEqual(2);
    const wrong = tests.map((each) => ({ ...each, expect: { decision: others[each.expect.decision] } }));
    const { problems } = await load(stringify({ ...rest, tests: wrong }));
    expect(problems).toHaveLength(tests.length);
  });

  test.each(titled)('has no rule that its own tests do not need: %s', async (_title, example) => {
    const { rules, ...rest } = parse(example) as Example;
    for (const rule of rules.filter(({ mode }) => mode !== 'shadow')) {
      const others = rules.filter((each) => each !== rule);
      expect((await load(stringify({ ...rest, rules: others }))).problems, `without ${rule.id}`).not.toEqual([]);
    }
  });

  test('shows what the command line tells', async () => {
    const [, command = '', told = ''] = /^\$ countersign policy (explain .*)\n([\s\S]*?)^```$/m.exec(page) ?? [];
    await load(examples[3] ?? '');
    const args = command.split(' ').map((arg) => (arg.endsWith('.yaml') ? join(home, arg) : arg));
    expect(await captured(() => policyCommand(args))).toEqual({ code: 0, out: told, err: '' });
  });
});
