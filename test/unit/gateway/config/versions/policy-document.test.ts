import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fileSchema, type ConfigFile } from '../../../../../gateway/config/schema.ts';
import { policyDocument } from '../../../../../gateway/config/versions/policy-document.ts';
import { parserVersions } from '../../../../../gateway/policy/commands/parsers.ts';

const rule = (changes: object = {}) => ({ id: 'only', decision: 'block', ...changes });
const file = (content: object): ConfigFile => fileSchema.parse({ version: 1, ...content });

function documentOf(content: object, knownSecrets: readonly string[] = []): string {
  const parsed = file(content);
  return policyDocument({ files: [parsed], rules: parsed.rules, detectorsDigest: 'd', knownSecrets });
}

const digestOf = (content: object): string => hash('sha256', documentOf(content), 'hex');
const connection = (settings: object = {}) => ({
  connections: [{ name: 'db', upstream: { url: 'http://a' }, ...settings }],
});

describe('the document of a policy', () => {
  test.each<[string, object]>([
    ['a rule', { rules: [rule({ decision: 'allow' })] }],
    ['a reason', { rules: [rule({ reason: 'because' })] }],
    ['the default', { rules: [rule()], defaults: { decision: 'allow' } }],
    ['approvers', { rules: [rule()], approvers: { sre: { members: ['a@example.com'] } } }],
    ['another approver', { rules: [rule()], approvers: { sre: { members: ['b@example.com'] } } }],
    ['a connection', { rules: [rule()], ...connection() }],
    ['which argument is a command', { rules: [rule()], ...connection({ tools: { query: { dialect: 'postgres' } } }) }],
    ['what a server may ask', { rules: [rule()], ...connection({ serverRequests: { sampling: 'block' } }) }],
  ])('is another one with another %s', (_what, content) => {
    const others = [{ rules: [rule()] }, { rules: [rule()], approvers: { sre: { members: ['c@example.com'] } } }];
    for (const other of others) expect(digestOf(content)).not.toBe(digestOf(other));
  });

  test.each<[string, object]>([
    ['where a server is', connection({ upstream: { url: 'http://b', credential: { bearer: 'canary' } } })],
    ['how long its callers wait', connection({ pendingAfter: '5s', clientsWait: true, timeout: '1s' })],
    ['who wrote it', { ...connection(), author: 'somebody' }],
    ['who vouches for callers', { ...connection(), issuers: [{ issuer: 'https://issuer.example' }] }],
  ])('is the same whatever %s', (_what, content) => {
    expect(digestOf(content)).toBe(digestOf(connection()));
    expect(documentOf(content)).not.toContain('canary');
  });

  test('names who reads commands and who finds secrets, by version', () => {
    expect(JSON.parse(documentOf({}))).toMatchObject({ parsers: parserVersions, detectors: 'd' });
    for (const version of Object.values(parserVersions)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Object.keys(parserVersions)).toEqual(expect.arrayContaining(['libpg-query', 'unbash']));
  });

  test('shows no address and no secret, and tells two of them apart all the same', () => {
    const secret = ['gh', 'p_', 'R4nd0mR4nd0mR4nd0mR4nd0mR4nd0mR4nd0m'].join('');
    const args = (value: string) => ({ rules: [rule({ match: { args: { '/x': value } } })] });
    const shown = documentOf({ ...args(secret), approvers: { sre: { members: ['Ann@example.com'] } } });
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain('example.com');
    expect(shown).toContain(`sha256:${hash('sha256', 'Ann@example.com', 'hex').slice(0, 32)}`);
    expect(digestOf(args(secret))).not.toBe(digestOf(args(secret.replace('R4', 'S5'))));
  });

  test("shows none of the gateway's own credentials, wherever they stand", () => {
    const own = 'own-canary-of-the-gateway';
    const content = { rules: [rule({ id: own, match: { args: { '/x': own } }, reason: `not ${own}` })] };
    expect(documentOf(content, [own])).not.toContain(own);
  });

  test('is one over all files, however it is spread', () => {
    const [one, two] = [
      file({ ...connection(), approvers: { sre: { members: ['a@example.com'] } } }),
      file({ approvers: { dba: { members: ['b@example.com'] } } }),
    ];
    const spread = (files: readonly ConfigFile[]) =>
      policyDocument({ files, rules: [], detectorsDigest: 'd', knownSecrets: [] });
    expect(spread([one, two])).toBe(spread([two, one]));
    expect(Object.keys((JSON.parse(spread([one, two])) as { approvers: object }).approvers)).toEqual(['dba', 'sre']);
  });
});
