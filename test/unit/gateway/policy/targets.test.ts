import { describe, expect, test } from 'vitest';
import { ruleSchema } from '../../../../gateway/config/rule-schema.ts';
import { compileRule, type Policy } from '../../../../gateway/policy/rule.ts';
import { judgeMessage, mayRead } from '../../../../gateway/policy/targets.ts';
import type { Json } from '../../../../workflows/contract/call.ts';

const approval = { groups: [{ name: 'sre', members: ['a@example.com'] }], quorum: 1, expiresAfterMs: 1, grantTtlMs: 1 };
const caller = { issuer: 'i', subject: 's', groups: ['deployers'], actors: [] };

function policyOf(...rules: readonly { id: string; match: object; decision: string }[]): Policy {
  return {
    rules: rules.map((rule) => compileRule(ruleSchema.parse(rule), approval)),
    defaultDecision: 'block',
    defaultApproval: approval,
  };
}
const everything = { id: 'all', match: { connection: 'ops' }, decision: 'allow' };

function verdict(policy: Policy, method: string, about: { tool?: string; uri?: string } = {}, params?: Json): string {
  return judgeMessage(policy, { connection: 'ops', method, caller, args: undefined, at: new Date(0), ...about }, params)
    .verdict;
}

describe('a completion', () => {
  const policy = policyOf(
    everything,
    { id: 'no-prompt', match: { method: 'prompts/get', tool: 'secret*' }, decision: 'block' },
    { id: 'no-resource', match: { uri: 'secret://*' }, decision: 'block' },
  );

  test('is judged like the prompt or the resource that it completes', () => {
    expect(verdict(policy, 'completion/complete', { tool: 'greeting' })).toBe('allow');
    expect(verdict(policy, 'completion/complete', { tool: 'secret-prompt' })).toBe('block');
    expect(verdict(policy, 'completion/complete', { uri: 'open://{id}' })).toBe('allow');
    expect(verdict(policy, 'completion/complete', { uri: 'secret://{id}' })).toBe('block');
    expect(verdict(policy, 'completion/complete', { tool: 'greeting', uri: 'secret://{id}' })).toBe('block');
    expect(verdict(policy, 'completion/complete', { tool: 'secret-prompt', uri: 'open://{id}' })).toBe('block');
  });

  test('is allowed to whoever may have what it completes, and blocked by a rule about completions', () => {
    const reads = { id: 'reads', match: { connection: 'ops', method: 'prompts/get' }, decision: 'allow' };
    expect(verdict(policyOf(reads), 'completion/complete', { tool: 'greeting' })).toBe('allow');
    expect(verdict(policyOf(reads), 'completion/complete', { uri: 'open://{id}' })).toBe('block');
    const none = { id: 'none', match: { method: 'completion/complete' }, decision: 'block' };
    expect(verdict(policyOf(reads, none), 'completion/complete', { tool: 'greeting' })).toBe('block');
  });

  test('is blocked where it would need approval: nobody approves letter by letter', () => {
    const held = { id: 'held', match: { method: 'prompts/get', tool: '*' }, decision: 'require_approval' };
    expect(verdict(policyOf(everything, held), 'prompts/get', { tool: 'greeting' })).toBe('hold');
    expect(verdict(policyOf(everything, held), 'completion/complete', { tool: 'greeting' })).toBe('block');
  });
});

describe('a subscription', () => {
  const policy = policyOf(everything, {
    id: 'no',
    match: { method: 'resources/read', uri: 'secret://*' },
    decision: 'block',
  });
  const listen = (resourceSubscriptions: Json): string =>
    verdict(policy, 'subscriptions/listen', {}, { notifications: { toolsListChanged: true, resourceSubscriptions } });

  test('that names no resource needs no rule', () => {
    expect(verdict(policyOf(), 'subscriptions/listen', {}, { notifications: { toolsListChanged: true } })).toBe(
      'allow',
    );
    expect(verdict(policyOf(), 'subscriptions/listen', {}, { notifications: { resourceSubscriptions: [] } })).toBe(
      'allow',
    );
  });

  test('is refused as a whole when one of its resources may not be read', () => {
    expect(listen(['open://a', 'open://b'])).toBe('allow');
    expect(listen(['open://a', 'secret://b'])).toBe('block');
    expect(
      verdict(policyOf(), 'subscriptions/listen', {}, { notifications: { resourceSubscriptions: ['open://a'] } }),
    ).toBe('block');
  });

  test('is refused when its resources cannot be judged', () => {
    for (const uris of ['open://a', [1], { 0: 'open://a' }, Array.from({ length: 1_001 }, () => 'open://a')]) {
      expect(listen(uris)).toBe('block');
    }
  });
});

describe('what an approval would not cover', () => {
  const held = policyOf({ id: 'freeze', match: { connection: 'ops' }, decision: 'require_approval' });

  test.each(['tasks/get', 'tasks/cancel', 'secrets/export'])('is not held: %s', (method) => {
    expect(verdict(held, method)).toBe('block');
  });

  test.each(['tools/call', 'prompts/get', 'resources/read', 'resources/subscribe'])(
    'is no reason against %s',
    (method) => {
      expect(verdict(held, method, { tool: 't', uri: 'open://a' })).toBe('hold');
    },
  );

  test('does not keep a client from the start of a connection', () => {
    for (const method of ['initialize', 'ping', 'logging/setLevel', 'tools/list', 'notifications/cancelled']) {
      expect(verdict(held, method)).toBe('allow');
    }
  });
});

test('questions about tasks need a rule, which may be one for the whole connection', () => {
  for (const method of ['tasks/get', 'tasks/result', 'tasks/list', 'tasks/update', 'tasks/cancel']) {
    expect(verdict(policyOf(), method)).toBe('block');
    expect(verdict(policyOf(everything), method)).toBe('allow');
  }
});

test('a resource that needs approval may be heard of', () => {
  const who = { connection: 'ops', caller, at: new Date(0) };
  const held = { id: 'held', match: { uri: 'open://*' }, decision: 'require_approval' };
  expect(mayRead(policyOf(held), who, 'open://a')).toBe(true);
  expect(mayRead(policyOf(held), who, 'other://a')).toBe(false);
});
