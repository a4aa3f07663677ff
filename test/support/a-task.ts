import type { Task } from '../../gateway/hold/tasks/tasks.ts';

/** A task that waits for two approvals, as PostgreSQL gives it; times are those of one morning. */
export function aTask(changes: Partial<Task> = {}): Task {
  const createdAt = new Date('2026-11-24T10:00:00Z');
  return {
    id: 'apr_1',
    approvalId: 'apr_1',
    workflowId: 'approval/ops/1',
    callId: 'call_1',
    connection: 'ops',
    principal: 'https://issuer.example#ci',
    state: 'waiting',
    createdAt,
    updatedAt: createdAt,
    request: {
      approvalId: 'apr_1',
      connection: 'ops',
      method: 'tools/call',
      tool: 'apply_config',
      caller: { issuer: 'https://issuer.example', subject: 'ci', groups: [], actors: [] },
      maskedArguments: '{}',
      maskedFields: 0,
      actionDigest: '00',
      policyDigest: '00',
      ruleIds: ['rule-1'],
      rule: {
        groups: [{ name: 'sre', members: ['sre-1@example.com'] }],
        quorum: 2,
        expiresAfterMs: 30 * 60_000,
        grantTtlMs: 15 * 60_000,
      },
      openedAt: '2026-11-24T10:00:00.000Z',
      expiresAt: '2026-11-24T10:30:00.000Z',
    },
    ending: null,
    approvals: 0,
    decidedAt: null,
    ...changes,
  };
}
