import { expect, test } from 'vitest';
import type { JudgedCall } from '../../../../gateway/call.ts';
import { judgedFacts, toolFacts } from '../../../../gateway/record/judged-facts.ts';
import { canonicalBytes } from '../../../../workflows/evidence/canonical.ts';

const caller = { issuer: 'i', subject: 's', groups: ['b', 'a'], actors: [] };
const call = (more: object): JudgedCall =>
  ({ caller, judgement: { verdict: 'allow', ruleIds: [] }, ...more }) as unknown as JudgedCall;

test('a request tells the groups of its caller, who must approve, and what its command would do', () => {
  const act = { system: 'sql', effects: ['ddl'], construct: 'DROP TABLE', targets: { relations: ['canary'] } };
  const approval = { groups: [{ name: 'sre', members: ['a@b.co'] }], quorum: 2, expiresAfterMs: 1, grantTtlMs: 1 };
  const facts = judgedFacts(
    call({
      caller: { ...caller, owner: 'team', client: 'ci' },
      judgement: { verdict: 'hold', ruleIds: [], approval },
      command: { dialect: 'postgres', acts: [act] },
    }),
  );
  expect(facts).toEqual({
    approval: { groups: ['sre'], quorum: 2, expiresAfterMs: 1 },
    caller: { groups: ['b', 'a'], owner: 'team' },
    client: 'ci',
    command: { dialect: 'postgres', acts: [{ system: 'sql', effects: ['ddl'], construct: 'DROP TABLE' }] },
  });
  expect(JSON.stringify(facts)).not.toContain('canary');
  expect(JSON.stringify(facts)).not.toContain('a@b.co');
});

test('a caller in thousands of groups and a command of thousands of acts leave room in an entry', () => {
  const groups = Array.from({ length: 5_000 }, (_unused, n) => `"${'ü'.repeat(40)}${n}`);
  const act = { system: 'shell', effects: ['read', 'write', 'network'], construct: 'x'.repeat(60), targets: {} };
  const facts = judgedFacts(
    call({
      caller: { ...caller, groups, owner: 'o'.repeat(5_000) },
      command: { dialect: 'bash', acts: Array.from({ length: 5_000 }, () => act) },
    }),
  );
  expect(canonicalBytes(facts).length).toBeLessThan(7_168);
  expect(facts).toMatchObject({ caller: { moreGroups: true }, command: { moreActs: true } });
});

test('what a server says of its tool is told when a list has shown it', () => {
  expect(toolFacts(call({}))).toEqual({});
  expect(toolFacts(call({ pin: { digest: 'd', accepted: false, hints: { readOnlyHint: true } } }))).toEqual({
    tool: { accepted: false, hints: { readOnlyHint: true } },
  });
});
