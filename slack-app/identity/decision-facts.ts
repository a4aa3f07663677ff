import { createHash } from 'node:crypto';
import type { DecisionFacts, DecisionKind } from '../../workflows/contract/approval.ts';
import type { CardPoint } from '../render/button-value.ts';
import type { CardChannel } from '../render/simulator-stamp.ts';

/** Who clicked, where and when, as Slack's signed payload says it. */
export interface Click {
  /** The workspace of the person, which is not always the one of the channel. */
  readonly teamId: string;
  readonly userId: string;
  readonly enterpriseId?: string;
  readonly channelId?: string;
  readonly messageTs?: string;
  readonly actionTs?: string;
}

export interface Choice {
  readonly decision: DecisionKind;
  readonly reason?: string;
}

/** PURE. The facts of a decision, and no judgement of them: who may decide is for the workflow's activities to say. */
export function decisionFacts(
  click: Click,
  point: CardPoint,
  choice: Choice,
  { channel, now }: { channel: CardChannel; now: Date },
): DecisionFacts {
  const { teamId, userId, enterpriseId, messageTs, actionTs } = click;
  const { approvalId, revision, shownDigest } = point;
  const { decision, reason } = choice;
  return {
    decisionId: decisionId({ teamId, userId, approvalId, revision, decision }),
    approvalId,
    revision,
    shownDigest,
    decision,
    channel,
    assurance: reason === undefined ? 'chat' : 'chat+reason',
    teamId,
    userId,
    decidedAt: now.toISOString(),
    ...(reason === undefined ? {} : { reason }),
    ...(enterpriseId === undefined ? {} : { enterpriseId }),
    ...(messageTs === undefined ? {} : { messageTs }),
    ...(actionTs === undefined ? {} : { actionTs }),
  };
}

type DecisionIdentity = Pick<DecisionFacts, 'teamId' | 'userId' | 'approvalId' | 'revision' | 'decision'>;

/** `sha256(team LF user LF approval LF revision LF decision)` in hex: the same click twice is one decision. */
export function decisionId({ teamId, userId, approvalId, revision, decision }: DecisionIdentity): string {
  return createHash('sha256').update([teamId, userId, approvalId, revision, decision].join('\n')).digest('hex');
}
