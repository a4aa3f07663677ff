import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { ConfigError } from '../../../../gateway/config/problems.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-circumstances-'));
});
afterAll(() => rm(home, { recursive: true }));

/** Line 5 has what a rule says beside its id and decision. */
async function problemsOf(rule: string): Promise<string[]> {
  const path = join(home, 'countersign.yaml');
  await writeFile(
    path,
    `version: 1\npublicUrl: http://127.0.0.1:1\nrules:\n  - id: a\n    ${rule}\n    decision: allow\n`,
  );
  try {
    loadConfig([path], { env: {}, loopback: true, detectorsDigest: 'd' });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, path: at, message }) => `${line}: ${at}: ${message}`);
  }
}

const time = 'rules.0.match.time';

describe('a rule that asks when a call is made', () => {
  test.each([
    [
      '{ tz: America/SaoPaulo, inside: Mon }',
      `5: ${time}.tz: there is no time zone "America/SaoPaulo"; did you mean "America/Sao_Paulo"?`,
    ],
    ['{ tz: Mars, inside: Mon }', `5: ${time}.tz: there is no time zone "Mars"; write its IANA name`],
    ['{ tz: "+03:00", inside: Mon }', `5: ${time}.tz: there is no time zone "+03:00"`],
    ['{ tz: UTC, inside: Mon-Fri 9-18 }', `5: ${time}.inside: "9-18" are no hours: write them like 09:00-18:00`],
    ['{ tz: UTC, outside: [Sat, Sunday] }', `5: ${time}.outside.1: "Sunday" names no days`],
    ['{ tz: UTC, outside: [] }', `5: ${time}.outside`],
    ['{ tz: UTC }', `5: ${time}: says not when; add inside or outside`],
    ['{ tz: UTC, inside: Mon, outside: Tue }', `5: ${time}: leave inside or outside out`],
    ['{ inside: Mon }', `5: ${time}.tz`],
    ['{ tz: UTC, insde: Mon }', `5: ${time}.insde: unknown key; did you mean "inside"?`],
  ])('%s: every mistake is told at its line', async (matcher, message) => {
    expect((await problemsOf(`match: { time: ${matcher} }`)).join('\n')).toContain(message);
  });

  test('is sound with any zone the platform knows, and any list of windows', async () => {
    for (const tz of ['UTC', 'Europe/Berlin', 'asia/kolkata', 'Etc/GMT+3']) {
      expect(
        await problemsOf(`match: { time: { tz: ${tz}, inside: [Mon-Fri 09:00-18:00, Sat, 22:00-06:00] } }`),
      ).toEqual([]);
    }
  });
});

describe('a rule that asks what a server says of its tool', () => {
  test.each([
    ['{ destructive: true }', '5: rules.0.match.annotations.destructive: unknown key'],
    ['{ destructiveHint: "yes" }', '5: rules.0.match.annotations.destructiveHint'],
    ['{}', '5: rules.0.match.annotations: names no hint'],
  ])('%s: every mistake is told at its line', async (matcher, message) => {
    expect((await problemsOf(`match: { annotations: ${matcher} }`)).join('\n')).toContain(message);
  });
});

describe('a rule that can never be meant so', () => {
  test.each([
    ['match: { tool: a, prompt: b }', '5: rules.0.match.prompt: no call names both a tool and a prompt'],
    ['mode: watch', '5: rules.0.mode: Invalid option: expected one of "enforce"|"shadow"'],
    ['{ mode: shadow, record: workflow }', '5: rules.0.record: rule a is in shadow mode'],
  ])('%s is refused', async (rule, message) => {
    expect((await problemsOf(rule.replace(/^\{ (.*), (.*) \}$/, '$1\n    $2'))).join('\n')).toContain(
      rule.startsWith('{') ? message.replace('5:', '6:') : message,
    );
  });
});
