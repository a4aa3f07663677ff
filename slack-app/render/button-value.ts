import type { ApprovalView } from '../../workflows/contract/approval.ts';

/** What a button or a modal says about the card it was drawn from. */
export interface CardPoint {
  readonly approvalId: string;
  readonly revision: number;
  /** The first 12 hex characters of the action digest. */
  readonly shownDigest: string;
  readonly workflowId: string;
}

export const shownDigestChars = 12;

const value =
  /^(?<approvalId>apr_[0-9A-Za-z-]{1,64})\|(?<revision>[1-9][0-9]{0,8})\|(?<digest>[0-9a-f]{12})\|(?<workflowId>approval\/[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9_-]{1,100})$/;

export function pointOf({ request, revision, workflowId }: ApprovalView): CardPoint {
  const shownDigest = request.actionDigest.slice(0, shownDigestChars);
  return { approvalId: request.approvalId, revision, shownDigest, workflowId };
}

/** `approvalId|revision|digest12|workflowId`, the value of every button on a card. */
export function writeButtonValue({ approvalId, revision, shownDigest, workflowId }: CardPoint): string {
  return `${approvalId}|${revision}|${shownDigest}|${workflowId}`;
}

/** Reads a button value strictly. Undefined for anything this version did not write. */
export function readButtonValue(text: unknown): CardPoint | undefined {
  const { approvalId, revision, digest, workflowId } = (typeof text === 'string' ? value.exec(text)?.groups : {}) ?? {};
  if (approvalId === undefined || revision === undefined || digest === undefined || workflowId === undefined) {
    return undefined;
  }
  return { approvalId, revision: Number(revision), shownDigest: digest, workflowId };
}
