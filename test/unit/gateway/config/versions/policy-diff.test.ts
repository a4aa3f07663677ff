import { describe, expect, test } from 'vitest';
import { boundDiff, diffPolicies } from '../../../../../gateway/config/versions/policy-diff.ts';
import { canonicalText } from '../../../../../workflows/evidence/canonical.ts';

const rule = (id: string, changes: object = {}) => ({ id, decision: 'allow', match: { tool: 'a' }, ...changes });
const policy = (changes: object = {}) =>
  canonicalText({ rules: [rule('one')], approvers: {}, connections: {}, defaults: { decision: 'block' }, ...changes });

describe('what differs between two policies', () => {
  test('is nothing between equal ones', () => {
    expect(diffPolicies(policy(), policy())).toEqual([]);
  });

  test('is told by rule and by field, with what stood there before', () => {
    const after = policy({ rules: [rule('one', { decision: 'block', match: { tool: 'b' } }), rule('two')] });
    expect(diffPolicies(policy(), after)).toEqual([
      {
        what: 'rule one',
        change: 'changed',
        fields: [
          { field: 'decision', before: '"allow"', after: '"block"' },
          { field: 'match.tool', before: '"a"', after: '"b"' },
        ],
      },
      {
        what: 'rule two',
        change: 'added',
        fields: [
          { field: 'decision', after: '"allow"' },
          { field: 'match.tool', after: '"a"' },
        ],
      },
    ]);
    expect(diffPolicies(after, policy())[1]).toMatchObject({ what: 'rule two', change: 'removed' });
  });

  test('is told of approvers by who came and who went', () => {
    const group = (...members: string[]) => policy({ approvers: { sre: { members } } });
    expect(diffPolicies(group('a', 'b'), group('b', 'c'))).toEqual([
      { what: 'approvers sre', change: 'changed', fields: [{ field: 'members', gone: ['a'], come: ['c'] }] },
    ]);
  });

  test('is told of connections, defaults and whatever else there is', () => {
    const after = policy({
      connections: { db: { tools: { query: { dialect: 'postgres' } } } },
      defaults: { decision: 'allow' },
      limits: [{ id: 'x', most: 1 }],
      others: ['x'],
    });
    const told = diffPolicies(policy(), after).map(({ what, change }) => `${change} ${what}`);
    expect(told).toEqual(['added connection db', 'changed defaults', 'added limit x', 'added others']);
  });

  test('is a field that is gone, too', () => {
    const [change] = diffPolicies(policy({ rules: [rule('one', { reason: 'why' })] }), policy());
    expect(change?.fields).toEqual([{ field: 'reason', before: '"why"' }]);
  });
});

describe('what an entry of the ledger holds of it', () => {
  test('is all of a small change', () => {
    const changes = diffPolicies(policy(), policy({ defaults: { decision: 'allow' } }));
    expect(boundDiff(changes)).toEqual({ changes, leftOut: 0 });
  });

  test('is less than 8 KB of a large one, and says how much is left out', () => {
    const many = policy({
      rules: Array.from({ length: 3_000 }, (_, i) => rule(`rule-${i}`, { reason: 'é'.repeat(5_000) })),
      approvers: { sre: { members: Array.from({ length: 500 }, (_, i) => `member-${i}`) } },
    });
    const changes = diffPolicies(policy(), many);
    const bounded = boundDiff(changes);
    expect(Buffer.byteLength(JSON.stringify(bounded))).toBeLessThan(8 * 1024);
    expect(bounded.changes.length).toBeGreaterThan(5);
    expect(bounded.leftOut).toBe(changes.length - bounded.changes.length);
  });

  test('cuts lists, fields and values, and never a character in two', () => {
    const match = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, `${'x'.repeat(158)}😀`]));
    const members = Array.from({ length: 40 }, (_, i) => `m${i}`);
    const after = policy({ rules: [rule('one', { match })], approvers: { sre: { members: [] } } });
    const before = policy({ approvers: { sre: { members } } });
    const [changed, group] = boundDiff(diffPolicies(before, after)).changes;
    expect(group?.fields[0]?.gone?.at(-1)).toBe('… and 28 more');
    expect(changed).toMatchObject({ moreFields: 41 - 12 });
    expect(JSON.stringify(changed).isWellFormed()).toBe(true);
  });
});
