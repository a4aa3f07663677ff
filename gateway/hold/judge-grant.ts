import type { ApprovalRequest, ApprovalRule } from '../../workflows/contract/approval.ts';
import type { PolicySince } from '../../workflows/contract/recording.ts';
import type { JudgedCall } from '../call.ts';
import type { Config } from '../config/config.ts';
import { cutText } from '../cut-text.ts';
import { missingApprovals } from './approvals-needed.ts';

/** An approved case, and who has approved it: verified addresses, in lower case. */
export interface Grant {
  readonly request: Pick<ApprovalRequest, 'openedAt' | 'expiresAt' | 'policyDigest' | 'rule' | 'masks'>;
  readonly principals: ReadonlySet<string>;
}

/** Why a grant may not be spent. Without `policy` it is none of the policy's business. */
export type GrantRefusal = { readonly code: 'withheld'; readonly reason: string } | PolicyRefusal;
export interface PolicyRefusal {
  readonly code: 'blocked' | 'expired';
  readonly policy: PolicySince;
}

type Judged = Pick<JudgedCall, 'judgement' | 'policyDigest'>;

const reasonCharsMax = 500;

/**
 * PURE. Whether a call runs that was approved under one version of the policy and is judged under another: the stricter
 * of both wins. What the case was opened under must be satisfied, by whoever are approvers now; then the judgement of now
 * may block it, ask for approvals that were not given or for a shorter time, or have no more to ask. Undefined: it runs.
 */
export function judgeGrant(
  { request, principals }: Grant,
  call: Judged,
  approvers: Config['approvers'],
  now: Date,
): GrantRefusal | undefined {
  if (missingApprovals(request.rule, approvers, principals) !== undefined) {
    return { code: 'withheld', reason: 'there are not enough valid approvals' };
  }
  if (now.getTime() > Date.parse(request.expiresAt) + request.rule.grantTtlMs) {
    return { code: 'withheld', reason: 'the grant has expired' };
  }
  const { judgement } = call;
  switch (judgement.verdict) {
    case 'allow':
    case 'own':
      return undefined;
    case 'block':
      return refusedByPolicy('blocked', call, judgement.reason);
    case 'hold': {
      const missing = missingApprovals(judgement.approval, approvers, principals);
      if (missing !== undefined) return refusedByPolicy('expired', call, `policy asks for more now: ${missing}`);
      if (now.getTime() > endOf(request, judgement.approval)) {
        return refusedByPolicy('expired', call, 'policy gives approvals less time now');
      }
      return undefined;
    }
  }
}

/** PURE. `blocked`: policy has changed since. `expired`: it asks for more, and the reason says of what. */
export function refusedByPolicy(
  code: PolicyRefusal['code'],
  { judgement, policyDigest }: Judged,
  reason: string,
): PolicyRefusal {
  return { code, policy: { reason: cutText(reason, reasonCharsMax), policyDigest, ruleIds: judgement.ruleIds } };
}

/** When a grant would have ended, had its case been opened under this rule. Unix milliseconds. */
function endOf({ openedAt }: Grant['request'], { expiresAfterMs, grantTtlMs }: ApprovalRule): number {
  return Date.parse(openedAt) + expiresAfterMs + grantTtlMs;
}
