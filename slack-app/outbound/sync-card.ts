import type { MessageMetadata } from '@slack/types';
import type { ChatPostMessageArguments, WebClient } from '@slack/web-api';
import type { ApprovalView, CardRef } from '../../workflows/contract/approval.ts';
import { passFailpoint } from '../../workflows/contract/failpoint.ts';
import { renderCard, type Card } from '../render/card.ts';
import type { CardChannel } from '../render/simulator-stamp.ts';
import { findCard, metadataOf, type OwnBot } from './find-card.ts';
import type { PostPace } from './post-pace.ts';
import { rateLimited, slackCode, slackFailure, slackSaysWaitMs } from './slack-failure.ts';

export interface CardParts {
  readonly client: WebClient;
  /** Where new cards go. */
  readonly channelId: string;
  readonly channel: CardChannel;
  readonly bot: OwnBot;
  readonly pace: PostPace;
}

/**
 * Makes the posted card equal to `view`. Updating is idempotent; posting is not, so whenever an earlier post may
 * have got through unnoticed, the channel is searched for it first: a second card with live buttons confuses people.
 */
export async function syncCard(
  parts: CardParts,
  view: ApprovalView,
  card: CardRef | undefined,
  attempt: number,
): Promise<CardRef> {
  if (card !== undefined && (await updateCard(parts, view, card))) return card;
  const { approvalId } = view.request;
  const triedBefore = attempt > 1 && !parts.pace.hasNotPosted(approvalId, attempt);
  const mayStandAlready = triedBefore || (card === undefined && view.status !== 'open');
  const adopted = mayStandAlready ? await findCard(parts, view.request) : undefined;
  if (adopted !== undefined && (await updateCard(parts, view, adopted))) return adopted;
  return postCard(parts, view, attempt);
}

/** False when the message is gone. */
async function updateCard({ client, channel }: CardParts, view: ApprovalView, card: CardRef): Promise<boolean> {
  const { blocks, text } = renderCard(view, channel);
  try {
    // chat.update reads markup in `text` unless told otherwise; chat.postMessage does not.
    const parse = { parse: 'none', link_names: false } as const;
    await client.chat.update({
      channel: card.channel,
      ts: card.ts,
      blocks,
      text,
      metadata: metadataOf(view),
      ...parse,
    });
    return true;
  } catch (error) {
    if (slackCode(error) === 'message_not_found') return false;
    throw slackFailure('chat.update', error);
  }
}

async function postCard(parts: CardParts, view: ApprovalView, attempt: number): Promise<CardRef> {
  const message = { ...renderCard(view, parts.channel), metadata: metadataOf(view) };
  const posted = await postMessage(parts, { id: view.request.approvalId, attempt }, message);
  passFailpoint('slack-app.card-posted');
  return posted;
}

/** What is posted, and for the how-manieth time it is tried. */
export interface PostAttempt {
  readonly id: string;
  readonly attempt: number;
}

/** Posts to the channel, as text that nothing is made of: no markup, no links, no names. At Slack's own pace. */
export async function postMessage(
  { client, channelId, pace }: CardParts,
  { id, attempt }: PostAttempt,
  { blocks, text, metadata }: Card & { readonly metadata: MessageMetadata },
): Promise<CardRef> {
  const message: ChatPostMessageArguments = {
    channel: channelId,
    blocks,
    text,
    metadata,
    mrkdwn: false,
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  };
  const waitMs = pace.msToWait(id, attempt);
  if (waitMs !== undefined) throw rateLimited('chat.postMessage', waitMs);
  const posted = await client.chat.postMessage(message).catch((error: unknown) => {
    const forMs = slackSaysWaitMs(error);
    if (forMs !== undefined) throw rateLimited('chat.postMessage', pace.refused(id, attempt, forMs));
    pace.settled(id);
    throw slackFailure('chat.postMessage', error);
  });
  pace.settled(id);
  if (posted.channel === undefined || posted.ts === undefined) throw slackFailure('chat.postMessage', undefined);
  return { channel: posted.channel, ts: posted.ts };
}
