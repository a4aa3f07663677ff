import { activityInfo } from '@temporalio/activity';
import type { WebClient } from '@slack/web-api';
import type { ApproverNotice, SlackActivities } from '../../workflows/contract/activities.ts';
import type { DecisionFacts } from '../../workflows/contract/approval.ts';
import { approverFacts, type SlackUser } from '../identity/approver-rules.ts';
import type { FactsSigner } from '../identity/signer.ts';
import { PostPace } from './post-pace.ts';
import { postToolAlarm } from './post-tool-alarm.ts';
import { tellPrivately } from './private-note.ts';
import { slackCode, slackFailure, slackFailureToRetry } from './slack-failure.ts';
import { syncCard, type CardParts } from './sync-card.ts';

export interface SlackActivityParts extends Omit<CardParts, 'pace'> {
  readonly homeTeamId: string;
  readonly signer: FactsSigner;
  readonly now: () => Date;
}

/** Binds the workflows' hands to Slack. Each activity may run twice. */
export function createSlackActivities(parts: SlackActivityParts): SlackActivities {
  const cards: CardParts = { ...parts, pace: new PostPace(parts.now) };
  return {
    syncCard: (view, card) => syncCard(cards, view, card, activityInfo().attempt),
    identifyApprover: (facts) => identifyApprover(parts, facts),
    tellApprover: (notice) => tellApprover(parts, notice),
    postToolAlarm: (alarm) => postToolAlarm(cards, alarm, activityInfo().attempt),
  };
}

async function identifyApprover(parts: SlackActivityParts, facts: DecisionFacts): Promise<string> {
  const user = await lookUp(parts.client, facts.userId);
  return parts.signer.signApprover(approverFacts(facts, user, parts.homeTeamId, parts.now()));
}

/** Always asks Slack: whoever was deactivated a minute ago must not decide. Undefined when Slack knows no such user. */
async function lookUp(client: WebClient, userId: string): Promise<SlackUser | undefined> {
  try {
    return (await client.users.info({ user: userId })).user;
  } catch (error) {
    const code = slackCode(error);
    if (code === 'user_not_found' || code === 'user_not_visible') return undefined;
    throw slackFailureToRetry('users.info', error);
  }
}

async function tellApprover({ client, channelId }: SlackActivityParts, notice: ApproverNotice): Promise<void> {
  const { userId, text, card } = notice;
  try {
    await tellPrivately(client, { channelId: card?.channel ?? channelId, userId, text });
  } catch (error) {
    throw slackFailure('chat.postEphemeral', error);
  }
}
