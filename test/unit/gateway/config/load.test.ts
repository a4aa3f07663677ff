import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../../../gateway/config/json-schema.ts';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { ConfigError } from '../../../../gateway/config/problems.ts';
import { judge } from '../../../../gateway/policy/judge.ts';

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
    return error.problems.map(({ line, path, message }) => `${line}: ${path}: ${message}`);
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
    [`${sound}conections: []\n`, '3: conections: unknown key; did you mean "connections"?'],
    [
      `${sound}rules:\n  - id: a\n    mach:\n      tool: x\n    decision: block\n`,
      '5: rules.0.mach: unknown key; did you',
    ],
    [
      `${sound}rules:\n  - id: a\n    decision: allow\n    record: worklfow\n`,
      '6: rules.0.record: Invalid option: expected one of "ledger"|"workflow"',
    ],
    [
      `${sound}rules:\n  - id: a\n    decision: block\n    record: workflow\n`,
      '6: rules.0.record: rule a decides "block", and only what is allowed',
    ],
    [
      `${sound}rules:\n  - id: a\n    match: { claims: { group: x } }\n    decision: allow\n`,
      '5: rules.0.match.claims.group: unknown key; did you mean "groups"?',
    ],
    [
      `${sound}rules:\n  - id: a\n    whenn: "true"\n    decision: allow\n`,
      '5: rules.0.whenn: unknown key; did you mean "when"',
    ],
    [
      `${sound}approvers: { dba: { slackUserGroup: S1, members: [a@b.co] } }\n`,
      '3: approvers.dba.slackUserGroup: unknown',
    ],
    [`${sound}rules:\n  - id: a\n    decision: alow\n`, '5: rules.0.decision: Invalid option'],
    [`${sound}defaults: { approval: { groups: [nobody] } }\n`, '3: defaults.approval.groups.0: there is no approver'],
    [`${sound}defaults: { decision: require_approval }\n`, '3: defaults.decision: says not who approves'],
    [`${sound}rules:\n  - id: a\n    decision: require_approval\n`, '5: rules.0.decision: rule a requires approval'],
    [
      `${sound}approvers: { sre: { members: [a@b.co] } }\nrules:\n  - id: a\n    decision: allow\n    approval: { groups: [sre] }\n`,
      '7: rules.0.approval: rule a decides "allow", so nobody will be asked',
    ],
    [
      `${sound}approvers: { sre: { members: [a@b.co, A@B.co] } }\nrules:\n  - id: a\n    decision: require_approval\n    approval: { groups: [sre], quorum: 2 }\n`,
      '7: rules.0.approval.quorum: a quorum of 2 can never be reached: the groups have 1 people',
    ],
    [
      `${sound}rules:\n  - id: a\n    decision: allow\n  - id: a\n    decision: block\n`,
      '6: rules.1.id: rule "a" stands already at',
    ],
    [
      `${sound}connections: [{ name: ops, upstream: { url: "http://a" } }]\nrules:\n  - id: a\n    match: { connection: opps }\n    decision: block\n`,
      '6: rules.0.match.connection: there is no connection "opps"; did you mean "ops"?',
    ],
    [
      `${sound}rules:\n  - id: a\n    match: { method: tools/list }\n    decision: block\n`,
      '5: rules.0.match.method: tools/list',
    ],
    [`${sound}issuers:\n  - issuer: env:NOT_SET\n`, '4: issuers.0.issuer: the environment variable NOT_SET is not set'],
    [
      `${sound}connections:\n  - name: x\n    upstream: { url: file:/does/not/exist }\n`,
      'the file /does/not/exist cannot',
    ],
    [
      `${sound}connections:\n  - name: x\n    upstream: { url: file:here }\n`,
      'the file here is not named by an absolute',
    ],
    [
      `${sound}connections:\n  - name: x\n    upstream: { url: "http://a", credential: { bearer: env:MY-TOKEN } }\n`,
      '5: connections.0.upstream.credential.bearer: the environment variable MY-TOKEN is not set',
    ],
    [
      `${sound}connections:\n  - name: x\n    upstream: { url: "http://a", credential: { header: X-Key } }\n`,
      '5: connections.0.upstream.credential.value: Invalid input',
    ],
    [
      `${sound}connections:\n  - name: x\n    upstream: { url: "http://me:pw@a" }\n`,
      '5: connections.0.upstream.url: a credential',
    ],
    [
      `${sound}connections:\n  - name: api\n    upstream: { url: "http://a" }\n`,
      '4: connections.0.name: the gateway answers',
    ],
    [
      `${sound}connections:\n  - name: x\n    pendingAfter: soon\n    upstream: { url: "http://a" }\n`,
      '5: connections.0.pendingAfter: a duration is',
    ],
    [
      `${sound}connections:\n  - name: x\n    timeout: 30d\n    upstream: { url: "http://a" }\n`,
      '5: connections.0.timeout: at most 1d',
    ],
    ['version: 1\n', '1: : publicUrl is missing'],
    ['', '1: : Invalid input'],
    ['version: 1\npublicUrl: [\n', '3: : Flow sequence'],
    [`${sound}rules: *nothing\n`, '1: : Unresolved alias'],
    [`${sound}publicUrl: http://b\n`, '3: : Map keys must be unique'],
  ])('with a mistake names its line (%#)', async (text, expected) => {
    expect(await problemsOf(text)).toEqual([expect.stringContaining(expected)]);
  });

  test('with many mistakes names them all at once, those across sections too', async () => {
    const text = `${sound}a: 1
rules:
  - id: broken
    decision: no
  - id: twice
    mach: {}
    decision: allow
  - id: twice
    decision: require_approval
    approval: { groups: [nobody] }
`;
    expect(await problemsOf(text)).toEqual([
      '3: a: unknown key',
      expect.stringContaining('6: rules.0.decision: Invalid option'),
      '8: rules.1.mach: unknown key; did you mean "match"?',
      expect.stringContaining('10: rules.2.id: rule "twice" stands already at'),
      '12: rules.2.approval.groups.0: there is no approver group "nobody"',
    ]);
  });

  test('says nothing of what refers to a part that is not sound', async () => {
    const text = `${sound}connections:
  - name: Ops
    upstream: { url: "http://a" }
approvers: { sre: { members: [nobody] } }
rules:
  - id: a
    match: { connection: ops }
    decision: require_approval
    approval: { groups: [sre] }
`;
    expect(await problemsOf(text)).toEqual([
      expect.stringContaining('4: connections.0.name'),
      expect.stringContaining('6: approvers.sre.members.0'),
    ]);
  });

  test('lets a rule speak of file URIs without reading the files', async () => {
    const secret = await file('canary');
    const rule = `rules:\n  - id: a\n    match: { uri: 'file:${secret}' }\n    decision: block\n`;
    const text = `${sound}connections:\n  - name: x\n    upstream: { url: "http://a" }\n${rule}`;
    const readFile = (path: string): string => (path === 'config.yaml' ? text : expect.fail(`${path} was read`));
    const here = await file('');
    const { policy } = loadConfig([here], {
      ...options,
      readFile: (path) => readFile(path === here ? 'config.yaml' : path),
    });
    const caller = { issuer: 'i', subject: 's', groups: [], actors: [] };
    const read = {
      connection: 'x',
      method: 'resources/read',
      uri: `file:${secret}`,
      caller,
      args: undefined,
      at: new Date(0),
    };
    expect(judge(policy, read)).toMatchObject({ verdict: 'block', ruleIds: ['a'] });
  });

  test('reads a credential from a file, and what tools take commands', async () => {
    const credential = await file('canary-from-file\n');
    const tools = '{ run_sql: { dialect: postgres, field: sql } }';
    const upstream = `{ url: "http://a", credential: { header: X-Key, value: "file:${credential}" } }`;
    const text = `${sound}connections:\n  - { name: x, upstream: ${upstream}, tools: ${tools} }\n`;
    const [connection] = loadConfig([await file(text)], options).connections;
    expect(connection).toEqual({
      name: 'x',
      upstream: { url: 'http://a', credential: { header: 'X-Key', value: 'canary-from-file' } },
      anonymousAs: undefined,
      clientsWait: false,
      pendingAfterMs: 50_000,
      timeoutMs: 120_000,
      tools: { run_sql: { dialect: 'postgres', field: 'sql' } },
      scopes: 'ignored',
      serverRequests: { sampling: 'allow', elicitation: 'record', urlHosts: [], roots: 'allow' },
      trustAnnotations: false,
      describeApproval: false,
    });
  });

  test('cannot be changed once it is loaded', () => {
    const { connections, policy } = loadConfig(['infra/sample/countersign.yaml'], options);
    for (const part of [connections, connections[0]?.upstream, policy.rules, policy.rules[0], policy.defaultApproval]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  test('never shows a value that a reference led to', async () => {
    const text = `${sound}connections:\n  - name: x\n    upstream: { url: env:OPS_MCP_TOKEN }\n`;
    const problems = await problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('canary');
    const broken = { ...options.env, OPS_MCP_TOKEN: 'canary\nX-Injected: 1' };
    const credential = `${sound}connections:\n  - name: x\n    upstream: { url: "http://a", credential: { bearer: env:OPS_MCP_TOKEN } }\n`;
    const [problem] = await problemsOf(credential, { env: broken });
    expect(problem).toContain('5: connections.0.upstream.credential.bearer: a credential is printable');
    expect(problem).not.toContain('canary');
  });

  test('admits callers without a token on loopback only', async () => {
    const text = `${sound}connections:\n  - name: x\n    anonymousAs: suite\n    upstream: { url: "http://a" }\n`;
    expect(await problemsOf(text)).toEqual([]);
    expect(await problemsOf(text, { loopback: false })).toEqual([
      expect.stringContaining('5: connections.0.anonymousAs: admits'),
    ]);
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

  test('has the same digest however its rules are spread, and another one when a rule changes', async () => {
    const rule = (id: string, decision = 'block') => `  - { id: ${id}, decision: ${decision} }\n`;
    const digest = async (...texts: string[]) => loadConfig(await Promise.all(texts.map(file)), options).policyDigest;
    const whole = await digest(`${sound}rules:\n${rule('a')}${rule('b')}`);
    expect(await digest(`${sound}rules:\n${rule('b')}`, `version: 1\nrules:\n${rule('a')}`)).toBe(whole);
    expect(await digest(`${sound}rules:\n${rule('a')}${rule('b', 'allow')}`)).not.toBe(whole);
  });

  test('sets each setting once', async () => {
    const first = await file(sound);
    expect(() => loadConfig([first, first], options)).toThrow(`publicUrl: this is set already at ${first}:2`);
  });

  test('may be a folder, of which hidden and other files are no part', async () => {
    const folder = await mkdtemp(join(home, 'folder-'));
    expect(() => loadConfig([folder], options)).toThrow('this folder holds no .yaml file');
    await writeFile(join(folder, '.draft.yaml'), 'not: sound');
    await writeFile(join(folder, 'notes.md'), 'not: sound');
    await writeFile(join(folder, 'countersign.yaml'), sound);
    expect(loadConfig([folder], options).publicUrl).toBe('http://127.0.0.1:1');
  });

  test('that cannot be read is named', () => {
    expect(() => loadConfig([join(home, 'missing.yaml')], options)).toThrow(
      'missing.yaml:1:1  this file or folder does not',
    );
  });
});
