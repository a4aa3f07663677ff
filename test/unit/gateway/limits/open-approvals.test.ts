import { describe, expect, test } from 'vitest';
import type { KnownCall } from '../../../../gateway/call.ts';
import { limitSchema } from '../../../../gateway/config/limit-schema.ts';
import { compileLimit } from '../../../../gateway/limits/limit.ts';
import { tooManyApprovalsRefusal } from '../../../../gateway/limits/limited-refusal.ts';
import { approvalsMaxFor } from '../../../../gateway/limits/open-approvals.ts';

const call = {
  callId: 'call_1',
  method: 'tools/call',
  tool: 'apply',
  connection: { name: 'ops' },
  caller: { issuer: 'i', subject: 's', groups: ['bots'], actors: [] },
} as unknown as KnownCall;
const limits = (...files: object[]) => files.map((file) => compileLimit(limitSchema.parse(file)));

describe('how many approvals a caller may have open', () => {
  test('is a hundred where no limit says otherwise', () => {
    expect(approvalsMaxFor([], call)).toEqual({ id: 'open-approvals', most: 100 });
    const others = limits(
      { id: 'db', match: { connection: 'db' }, openApprovals: 1 },
      { id: 'rate', rate: { calls: 1, within: '1m' } },
    );
    expect(approvalsMaxFor(others, call)).toMatchObject({ id: 'open-approvals', most: 100 });
  });

  test('is the least that applies, also when it is more than the built-in one', () => {
    const bots = { id: 'bots', match: { claims: { groups: 'bots' } }, openApprovals: 5_000 };
    const any = { id: 'any', openApprovals: 'unlimited' };
    expect(approvalsMaxFor(limits(any), call).most).toBe(Infinity);
    expect(approvalsMaxFor(limits(any, bots), call)).toMatchObject({ id: 'bots', most: 5_000 });
    expect(approvalsMaxFor(limits(bots, any), call)).toMatchObject({ id: 'bots', most: 5_000 });
  });

  test('is told to who wants more, with when the first of them ends', () => {
    expect(tooManyApprovalsRefusal(call, { id: 'bots', most: 5, reason: 'People read these.' }, 90_500)).toEqual({
      code: 'limited',
      callId: 'call_1',
      rule: 'countersign.limited/bots',
      reason: 'People read these.',
      retryAfterMs: 90_500,
      sentence:
        'Limited: 5 calls of this caller wait for approval already, and it may have no more (limit bots). ' +
        'People read these. Nothing ran; call again once one of them is decided. The first of them ends in 91 s.',
    });
  });
});
