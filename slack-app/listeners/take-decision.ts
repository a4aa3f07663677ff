import type { Logger } from 'pino';
import { passFailpoint } from '../../workflows/contract/failpoint.ts';
import { decisionFacts, type Choice, type Click } from '../identity/decision-facts.ts';
import type { FactsSigner } from '../identity/signer.ts';
import type { CardPoint } from '../render/button-value.ts';
import type { CardChannel } from '../render/simulator-stamp.ts';
import { CaseEnded, type Cases } from './cases.ts';
import { withinDeadline } from './deadline.ts';

export interface ListenerParts {
  readonly cases: Cases;
  readonly signer: FactsSigner;
  readonly channel: CardChannel;
  /** The channel of the cards, where a person is told something when the payload names no channel. */
  readonly channelId: string;
  readonly now: () => Date;
  /** How long a click may take before it goes without acknowledgement, in milliseconds. Slack gives up after 3,000. */
  readonly answerWithinMs: number;
  readonly log: Logger;
}

/** What became of a click: durable in Temporal, too late for its case, or not known to be recorded. */
export type Recorded = 'recorded' | 'case_ended' | 'not_recorded';

export const notRecordedText =
  'Not recorded: the approval service did not confirm your decision in time. Try again; the same decision counts once.';
export const caseEndedText = 'This request is already decided or has expired. Your click changed nothing.';
export const unreadableText = 'This card is not one that this version of Countersign can read. Nothing was recorded.';

/** Signs the facts of a click and gives them to the case. Resolves to `recorded` only when Temporal has accepted. */
export async function takeDecision(
  parts: ListenerParts,
  click: Click,
  point: CardPoint,
  choice: Choice,
): Promise<Recorded> {
  const { cases, signer, channel, now, answerWithinMs, log } = parts;
  const facts = decisionFacts(click, point, choice, { channel, now: now() });
  const { approvalId, decisionId, decision, userId } = facts;
  const ids = { approvalId, decisionId, decision, userId };
  const record = async (): Promise<void> => {
    const proof = await signer.signDecision(facts);
    passFailpoint('slack-app.click-accepted');
    await cases.decide(point.workflowId, { approvalId, decisionId, proof });
    passFailpoint('slack-app.click-signalled');
  };
  try {
    await withinDeadline(record(), answerWithinMs);
    log.info(ids, 'decision recorded');
    return 'recorded';
  } catch (error) {
    if (error instanceof CaseEnded) {
      log.info(ids, 'decision came after the end of its case');
      return 'case_ended';
    }
    log.error({ ...ids, error: errorName(error) }, 'decision not recorded, its sender is asked to try again');
    return 'not_recorded';
  }
}

/** Names an error without its text, which may quote what was sent. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
