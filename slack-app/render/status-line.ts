import type { ApprovalStatus, ApprovalView, Vote } from '../../workflows/contract/approval.ts';
import { factCharsMax, reasonCharsMax } from './limits.ts';
import { fitText, revealLine } from './safe-text.ts';

const escapedReasonCharsMax = 2 * reasonCharsMax;

/** PURE. One line that says where the case stands; undefined while nobody has decided anything. */
export function statusLine(view: ApprovalView): string | undefined {
  if (view.status === 'open' && view.votes.length === 0) return undefined;
  const approvals = view.votes.filter((vote) => vote.decision === 'approve');
  return lines[view.status](view, approvals);
}

const lines: Record<ApprovalStatus, (view: ApprovalView, approvals: readonly Vote[]) => string> = {
  open: ({ request }, approvals) => `${approvals.length} of ${request.rule.quorum} so far: ${approvedBy(approvals)}`,
  approved: ({ callersWaiting }, approvals) =>
    callersWaiting > 0
      ? `${approvedBy(approvals)} · starting`
      : `${approvedBy(approvals)} · waiting for the caller to call again, nothing has run yet`,
  executing: (_view, approvals) => `${approvedBy(approvals)} · running`,
  answered: (view, approvals) => `${approvedBy(approvals)} — ${describeAnswer(view)}`,
  denied: (view) => describeDenial(view.votes),
  expired: ({ outcome }, approvals) =>
    approvals.length === 0
      ? 'Expired, nothing ran'
      : `${approvedBy(approvals)}, but ${describeExpiry(outcome)}: nothing ran`,
  unknown: (_view, approvals) =>
    `${approvedBy(approvals)} — outcome unknown: it may have run, and it will not be run again`,
  failed: (view, approvals) => `${approvedBy(approvals)} — ${describeFailure(view)}`,
};

function approvedBy(approvals: readonly Vote[]): string {
  return `Approved by ${namesOf(approvals)}`;
}

function describeAnswer({ outcome }: ApprovalView): string {
  if (outcome?.code !== 'answered') return 'executed';
  const { toolError, seq, maskedFields } = outcome.receipt;
  const verdict = toolError ? 'executed, and the tool reported an error' : 'executed';
  return `${verdict} (ledger entry ${seq}, ${maskedFields} values masked in the answer)`;
}

function describeDenial(votes: readonly Vote[]): string {
  const denial = votes.find((vote) => vote.decision === 'deny');
  if (denial === undefined) return 'Denied';
  const by = `Denied by ${namesOf([denial])}`;
  if (denial.reason === undefined) return by;
  return `${by}: ${fitText(revealLine(denial.reason), escapedReasonCharsMax).text}`;
}

/** A grant nobody fetched in time, or one that is not enough for the policy of today. */
function describeExpiry(outcome: ApprovalView['outcome']): string {
  if (outcome?.code !== 'expired' || outcome.policy === undefined) return 'expired';
  return fitText(revealLine(outcome.policy.reason), factCharsMax).text;
}

function describeFailure({ outcome }: ApprovalView): string {
  if (outcome?.code === 'blocked') {
    return `nothing ran, policy has changed since: ${fitText(revealLine(outcome.policy.reason), factCharsMax).text}`;
  }
  if (outcome?.code !== 'withheld' && outcome?.code !== 'unavailable') return 'failed';
  const reason = fitText(revealLine(outcome.reason), factCharsMax).text;
  return outcome.code === 'withheld' ? `the answer was withheld: ${reason}` : `could not be executed: ${reason}`;
}

function namesOf(votes: readonly Vote[]): string {
  const names = votes.map((vote) => revealLine(`${vote.name} (${vote.principal})`)).join(', ');
  return names === '' ? 'nobody' : fitText(names, factCharsMax).text;
}
