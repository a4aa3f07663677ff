import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../../../gateway/config/json-schema.ts';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { ConfigError } from '../../../../gateway/config/problems.ts';

const env = {
  GATEWAY_URL: 'http://127.0.0.1:7400',
  ISSUER_URL: 'http://127.0.0.1:7430',
  OPS_URL: 'http://127.0.0.1:7440/mcp',
  OPS_MCP_TOKEN: 'canary-upstream-token',
  EVERYTHING_URL: 'http://127.0.0.1:7441/mcp',
  SLACK_CHANNEL: 'C1',
  SLACK_TEAM: 'T1',
};
const options = { env, loopback: true, detectorsDigest: 'd' };
const sound = 'version: 1\npublicUrl: http://127.0.0.1:1\n';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-config-'));
});
afterAll(() => rm(home, { recursive: true }));

let files = 0;
async function file(text: string): Promise<string> {
  files += 1;
  const path = join(home, `${files}.yaml`);
  await writeFile(path, text);
  return path;
}

async function problemsOf(text: string, changes: Partial<typeof options> = {}): Promise<string[]> {
  try {
    loadConfig([await file(text)], { ...options, ...changes });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, message }) => `${line}: ${message}`);
  }
}

describe('the sample configuration', () => {
  test('is sound', () => {
    const config = loadConfig(['infra/sample/countersign.yaml'], options);
    expect(config.connections.map(({ name }) => name)).toEqual(['ops', 'everything']);
    expect(config.policyDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('has a JSON Schema beside it that says what the gateway accepts', async () => {
    await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      '../../../../infra/sample/countersign.schema.json',
    );
  });
});

describe('a configuration', () => {
  test.each([
    [`${sound}conections: []\n`, '3: unknown key "conections"; did you mean "connections"?'],
    [
      `${sound}rules:\n  - id: a\n    match: { claims: { group: x } }\n    decision: allow\n`,
      '5: rules.0.match.claims: unknown key "group"; did you mean "groups"?',
    ],
    [`${sound}rules:\n  - id: a\n    decision: alow\n`, '5: rules.0.decision: Invalid option'],
    [`${sound}defaults: { approval: { groups: [nobody] } }\n`, '3: there is no approver group "nobody"'],
    [`${sound}rules:\n  - id: a\n    decision: require_approval\n`, '5: rule a requires approval and says not by whom'],
    [
      `${sound}approvers: { sre: { members: [a@b.co] } }\nrules:\n  - id: a\n    decision: require_approval\n    approval: { groups: [sre], quorum: 2 }\n`,
      '7: a quorum of 2 can never be reached',
    ],
    [
      `${sound}rules:\n  - id: a\n    decision: allow\n  - id: a\n    decision: block\n`,
      '6: rule "a" stands already at',
    ],
    [`${sound}issuers:\n  - issuer: env:NOT_SET\n`, '4: the environment variable NOT_SET is not set'],
    [
      `${sound}connections:\n  - name: x\n    upstream: { url: file:/does/not/exist }\n`,
      '5: the file /does/not/exist cannot be read',
    ],
    ['version: 1\n', '1: publicUrl is missing'],
    [
      `${sound}connections:\n  - name: x\n    pendingAfter: soon\n    upstream: { url: "http://a" }\n`,
      '5: connections.0.pendingAfter: a duration is',
    ],
    ['version: 1\npublicUrl: [\n', '3: Flow sequence'],
  ])('with a mistake names its line (%#)', async (text, expected) => {
    expect(await problemsOf(text)).toEqual([expect.stringContaining(expected)]);
  });

  test('with many mistakes names them all at once', async () => {
    expect(await problemsOf(`${sound}a: 1\nrules:\n  - id: x\n    decision: no\n`)).toHaveLength(2);
  });

  test('never shows a value that a reference led to', async () => {
    const text = `${sound}connections:\n  - name: x\n    upstream: { url: env:OPS_MCP_TOKEN }\n`;
    expect((await problemsOf(text)).join()).not.toContain('canary');
  });

  test('admits callers without a token on loopback only', async () => {
    const text = `${sound}connections:\n  - name: x\n    anonymousAs: suite\n    upstream: { url: "http://a" }\n`;
    expect(await problemsOf(text)).toEqual([]);
    expect(await problemsOf(text, { loopback: false })).toEqual([expect.stringContaining('5: anonymousAs')]);
  });

  test('may be spread over files, which share one space of names', async () => {
    const first = await file(`${sound}approvers: { sre: { members: [a@b.co] } }\n`);
    const rule = (id: string) =>
      `version: 1\nrules:\n  - id: ${id}\n    decision: require_approval\n    approval: { groups: [sre] }\n`;
    const second = await file(rule('one'));
    const third = await file(rule('one'));
    expect(loadConfig([first, second], options).policy.rules).toHaveLength(1);
    expect(() => loadConfig([first, second, third], options)).toThrow(`stands already at ${second}:3`);
  });
});
