import { describe, expect, test } from 'vitest';
import type { ApproverFacts, DecisionFacts } from '../../../../workflows/contract/approval.ts';
import {
  judgeDecision,
  type JudgementInput,
  type StoredApproval,
} from '../../../../workflows/activities/judge-decision.ts';
import { approvalRequest, vote } from '../approval-request.ts';

const facts: DecisionFacts = {
  decisionId: 'd1',
  approvalId: 'apr_1',
  revision: 2,
  shownDigest: 'ab'.repeat(6),
  decision: 'approve',
  channel: 'slack',
  assurance: 'chat',
  teamId: 'T1',
  userId: 'U1',
  decidedAt: '2026-01-01T00:00:30.000Z',
};
const approver: ApproverFacts = {
  decisionId: 'd1',
  teamId: 'T1',
  userId: 'U1',
  name: 'Sre One',
  email: 'SRE-1@example.com',
  checkedAt: '2026-01-01T00:00:31.000Z',
};
const approval: StoredApproval = {
  request: approvalRequest(),
  expiresAt: new Date('2026-01-01T00:01:00Z'),
  state: 'open',
};
const input: JudgementInput = {
  facts,
  approver,
  approval,
  attempt: {
    signed: { approvalId: 'apr_1', decisionId: 'd1', proof: '' },
    identity: '',
    votes: [],
    revision: 2,
    open: true,
  },
};
const codeOf = (changes: Partial<JudgementInput>) => {
  const verdict = judgeDecision({ ...input, ...changes });
  return verdict.accepted ? 'accepted' : verdict.code;
};
const request = (changes: Parameters<typeof approvalRequest>[0]) => ({
  approval: { ...approval, request: approvalRequest(changes) },
});
const callOf = (caller: object) => request({ caller: { ...approvalRequest().caller, ...caller } });

describe('a decision', () => {
  test('counts when an approver of a required group makes it in time, whatever the case of their email', () => {
    expect(judgeDecision(input)).toMatchObject({
      accepted: true,
      vote: { principal: 'sre-1@example.com', groups: ['sre'] },
    });
  });

  test.each<[string, Partial<JudgementInput>, string]>([
    ['without a valid proof', { facts: undefined }, 'bad_proof'],
    ['without a valid identity', { approver: undefined }, 'bad_proof'],
    ['with the identity of another decision', { approver: { ...approver, decisionId: 'd2' } }, 'bad_proof'],
    ['with the identity of another user', { approver: { ...approver, userId: 'U2' } }, 'bad_proof'],
    ['with the identity of another team', { approver: { ...approver, teamId: 'T2' } }, 'bad_proof'],
    ['on a case nobody opened', { approval: undefined }, 'wrong_approval'],
    ['on another case than its proof names', { facts: { ...facts, approvalId: 'apr_2' } }, 'wrong_approval'],
    ['on a case that has been decided', { attempt: { ...input.attempt, open: false } }, 'case_closed'],
    ['on a case that is closed in PostgreSQL', { approval: { ...approval, state: 'closed' } }, 'case_closed'],
    ['on other arguments than were shown', { facts: { ...facts, shownDigest: 'ff'.repeat(6) } }, 'wrong_digest'],
    ['from a card that was never drawn', { facts: { ...facts, revision: 3 } }, 'wrong_revision'],
    ['after the expiry', { facts: { ...facts, decidedAt: '2026-01-01T00:01:00.001Z' } }, 'too_late'],
    ['by somebody outside the groups', { approver: { ...approver, email: 'dba-1@example.com' } }, 'not_an_approver'],
    ['by a guest', { approver: { ...approver, refusal: 'guest' } }, 'not_an_approver'],
    ['twice by one person', { attempt: { ...input.attempt, votes: [vote('sre-1@example.com')] } }, 'already_voted'],
    ['by the requester', callOf({ email: 'sre-1@example.com' }), 'self_approval'],
    ['by the subject of the token', callOf({ subject: 'sre-1@example.com' }), 'self_approval'],
    ['by somebody in the delegation chain', callOf({ actors: ['x', 'sre-1@example.com'] }), 'self_approval'],
    ['by the owner of the service account', callOf({ owner: 'sre-1@example.com' }), 'self_approval'],
  ])('%s is refused', (_name, changes, code) => {
    expect(codeOf(changes)).toBe(code);
  });
});
