import { describe, expect, test } from 'vitest';
import { ApprovalState } from '../../../../workflows/sandbox/approval-state.ts';
import { approvalRequest, vote } from '../approval-request.ts';

const open = (quorum = 1, groups = ['sre']) =>
  new ApprovalState(
    approvalRequest({
      rule: { ...approvalRequest().rule, quorum, groups: groups.map((name) => ({ name, members: [] })) },
    }),
    'approval/ops/key',
  );
const accept = (state: ApprovalState, ...votes: ReturnType<typeof vote>[]) => {
  for (const each of votes) state.consider(each.decisionId, { accepted: true, vote: each });
};

describe('a case', () => {
  test('is approved by one approver when one is enough', () => {
    const state = open();
    accept(state, vote('sre-1'));
    expect(state.status).toBe('approved');
  });

  test('counts principals, not clicks', () => {
    const state = open(2);
    accept(state, vote('sre-1'), vote('sre-1', { decisionId: 'again' }));
    expect(state.status).toBe('open');
    accept(state, vote('sre-2'));
    expect(state.status).toBe('approved');
  });

  test('needs every required group among its approvers', () => {
    const state = open(2, ['sre', 'dba']);
    accept(state, vote('sre-1'), vote('sre-2'));
    expect(state.status).toBe('open');
    accept(state, vote('dba-1', { groups: ['dba'] }));
    expect(state.status).toBe('approved');
  });

  test('is vetoed by one deny, with its reason', () => {
    const state = open(2);
    accept(state, vote('sre-1'), vote('sre-2', { decision: 'deny', reason: 'not during the freeze' }));
    expect(state.view()).toMatchObject({
      status: 'denied',
      outcome: { code: 'denied', reason: 'not during the freeze' },
    });
  });

  test('is not changed by a decision that was refused, nor by one that comes after its end', () => {
    const state = open();
    state.consider('refused', { accepted: false, code: 'self_approval' });
    expect(state.status).toBe('open');
    state.expire();
    accept(state, vote('sre-1'));
    expect(state.status).toBe('expired');
  });

  test('grows its revision with each change, so that cards know when they are old', () => {
    const state = open();
    const before = state.revision;
    state.attach({ approvalId: 'apr_1', callId: 'call_1', gatewayQueue: 'gateway.a' });
    state.attach({ approvalId: 'apr_1', callId: 'call_1', gatewayQueue: 'gateway.a' });
    expect(state.revision).toBe(before + 1);
    state.detach('call_1');
    state.detach('call_1');
    expect(state.revision).toBe(before + 2);
  });

  test('tells callers how many agreed, and not who', () => {
    const state = open(2);
    accept(state, vote('sre-1'));
    expect(state.progressLine()).toContain('1 of 2');
    expect(state.progressLine()).not.toContain('sre-1');
  });
});
