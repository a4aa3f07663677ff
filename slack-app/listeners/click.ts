import type { BlockAction, ButtonAction, ViewSubmitAction } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { Click } from '../identity/decision-facts.ts';
import { tellPrivately } from '../outbound/private-note.ts';
import { slackCode } from '../outbound/slack-failure.ts';
import type { ModalOrigin } from '../render/modal.ts';
import type { ListenerParts } from './take-decision.ts';

export type ButtonClick = BlockAction<ButtonAction>;

/** Who pressed a button of a card. */
export function clickOf(body: ButtonClick, action: ButtonAction): Click {
  return {
    ...personOf(body),
    actionTs: action.action_ts,
    ...(body.channel === undefined ? {} : { channelId: body.channel.id }),
    ...(body.message === undefined ? {} : { messageTs: body.message.ts }),
  };
}

/** Who submitted a modal, and the card it came from. */
export function submissionOf(body: ViewSubmitAction, { channelId, messageTs }: ModalOrigin): Click {
  return {
    ...personOf(body),
    ...(channelId === undefined ? {} : { channelId }),
    ...(messageTs === undefined ? {} : { messageTs }),
  };
}

/** A user id means something only together with the workspace of that user. */
function personOf({
  user,
  team,
  enterprise,
}: ButtonClick | ViewSubmitAction): Pick<Click, 'teamId' | 'userId' | 'enterpriseId'> {
  return {
    teamId: user.team_id ?? team?.id ?? '',
    userId: user.id,
    ...(enterprise === undefined || enterprise === null ? {} : { enterpriseId: enterprise.id }),
  };
}

/** Tells whoever clicked, and nobody else. Slack being away must not turn an answer into an error. */
export async function answerClick(parts: ListenerParts, client: WebClient, click: Click, text: string): Promise<void> {
  const channelId = click.channelId ?? parts.channelId;
  try {
    await tellPrivately(client, { channelId, userId: click.userId, text });
  } catch (error) {
    parts.log.warn({ userId: click.userId, code: slackCode(error) }, 'a person could not be told about a click');
  }
}
