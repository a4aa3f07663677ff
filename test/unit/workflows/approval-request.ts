import type { ApprovalRequest, Vote } from '../../../workflows/contract/approval.ts';

/** A request with one required group and a quorum of one, to be varied by each test. */
export function approvalRequest(changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    approvalId: 'apr_1',
    connection: 'ops',
    method: 'tools/call',
    tool: 'apply_config',
    caller: { issuer: 'https://issuer.test', subject: 'ci-deployer', groups: ['deployers'], actors: [] },
    maskedArguments: '{}',
    maskedFields: 0,
    actionDigest: 'ab'.repeat(32),
    policyDigest: 'cd'.repeat(32),
    ruleIds: ['apply-needs-sre'],
    rule: {
      groups: [{ name: 'sre', members: ['sre-1@example.com', 'SRE-2@example.com'] }],
      quorum: 1,
      expiresAfterMs: 60_000,
      grantTtlMs: 60_000,
    },
    openedAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T00:01:00.000Z',
    ...changes,
  };
}

export function vote(principal: string, changes: Partial<Vote> = {}): Vote {
  return {
    decisionId: `decision-of-${principal}`,
    principal,
    name: principal,
    decision: 'approve',
    groups: ['sre'],
    decidedAt: '2026-01-01T00:00:10.000Z',
    ...changes,
  };
}
