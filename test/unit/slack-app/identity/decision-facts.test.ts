import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { decisionId } from '../../../../slack-app/identity/decision-facts.ts';

const identity = { teamId: 'T1', userId: 'U1', approvalId: 'apr_1', revision: 3, decision: 'approve' } as const;

it('names a decision by the hash of its five facts, one a line', () => {
  const expected = createHash('sha256').update('T1\nU1\napr_1\n3\napprove').digest('hex');
  expect(decisionId(identity)).toBe(expected);
});

it.each([{ teamId: 'T2' }, { userId: 'U2' }, { approvalId: 'apr_2' }, { revision: 4 }, { decision: 'deny' as const }])(
  'is another decision with %j',
  (change) => {
    expect(decisionId({ ...identity, ...change })).not.toBe(decisionId(identity));
  },
);
