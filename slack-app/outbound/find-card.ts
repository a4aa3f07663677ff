import type { MessageMetadata } from '@slack/types';
import type { ConversationsHistoryResponse, WebClient } from '@slack/web-api';
import type { ApprovalRequest, ApprovalView, CardRef } from '../../workflows/contract/approval.ts';
import { slackCode, slackFailure } from './slack-failure.ts';

/** Our own bot in the workspace, as auth.test names it. */
export interface OwnBot {
  readonly botId: string;
}

const cardEvent = 'mcp_approval';
/** Slack's clock and ours may differ by this much. */
const clockSkewSeconds = 300;
const pageMessagesMax = 100;
const pagesMax = 5;

type HistoryMessage = NonNullable<ConversationsHistoryResponse['messages']>[number];

/** Names the case on the message. Anybody in the channel can read it, so it holds ids only. */
export function metadataOf({ request, revision }: ApprovalView): MessageMetadata {
  return { event_type: cardEvent, event_payload: { approval_id: request.approvalId, revision } };
}

/** The card of a case that we posted without learning of it. Undefined too when the history is closed to us. */
export async function findCard(parts: SearchParts, request: ApprovalRequest): Promise<CardRef | undefined> {
  return findOwnMessage(parts, Date.parse(request.openedAt), (event, payload) => {
    return event === cardEvent && payload['approval_id'] === request.approvalId;
  });
}

export interface SearchParts {
  readonly client: WebClient;
  readonly channelId: string;
  readonly bot: OwnBot;
}

/**
 * The newest of our own messages whose metadata fits, posted since `sinceMs` (Unix milliseconds). Other apps and people
 * can write the same metadata, so nobody else's message is ever taken for ours.
 */
export async function findOwnMessage(
  { client, channelId: channel, bot }: SearchParts,
  sinceMs: number,
  fits: (eventType: string | undefined, payload: Readonly<Record<string, unknown>>) => boolean,
): Promise<CardRef | undefined> {
  const oldest = String(Math.floor(sinceMs / 1_000) - clockSkewSeconds);
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const history = await readHistory(client, { channel, oldest, ...(cursor === undefined ? {} : { cursor }) });
    const found = history?.messages?.find(({ bot_id, metadata }: HistoryMessage) => {
      return bot_id === bot.botId && fits(metadata?.event_type, { ...metadata?.event_payload });
    });
    if (found?.ts !== undefined) return { channel, ts: found.ts };
    cursor = history?.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return undefined;
  }
  return undefined;
}

async function readHistory(
  client: WebClient,
  place: { readonly channel: string; readonly oldest: string; readonly cursor?: string },
): Promise<ConversationsHistoryResponse | undefined> {
  try {
    return await client.conversations.history({ ...place, limit: pageMessagesMax, include_all_metadata: true });
  } catch (error) {
    // Without the scope a rare second card has to do: both are true, and one is never updated.
    if (slackCode(error) === 'missing_scope') return undefined;
    throw slackFailure('conversations.history', error);
  }
}
