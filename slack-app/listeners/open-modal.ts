import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { Click } from '../identity/decision-facts.ts';
import { slackCode } from '../outbound/slack-failure.ts';
import type { CardPoint } from '../render/button-value.ts';
import type { ModalOrigin } from '../render/modal.ts';
import { answerClick, type ButtonClick } from './click.ts';
import { withinDeadline } from './deadline.ts';
import type { ListenerParts } from './take-decision.ts';

const notOpenedText = 'The dialog could not be opened in time. Nothing was recorded; try again.';

export function originOf(point: CardPoint, { channelId, messageTs }: Click): ModalOrigin {
  return {
    point,
    ...(channelId === undefined ? {} : { channelId }),
    ...(messageTs === undefined ? {} : { messageTs }),
  };
}

/** Opens a modal while the click's trigger lives (3 s) and returns its id. Undefined, and the person told, if not. */
export async function openModal(
  parts: ListenerParts,
  client: WebClient,
  { trigger_id }: ButtonClick,
  click: Click,
  view: ModalView,
): Promise<string | undefined> {
  try {
    const opened = await withinDeadline(client.views.open({ trigger_id, view }), parts.answerWithinMs);
    if (opened.view?.id === undefined) throw new Error('Slack named no view.');
    return opened.view.id;
  } catch (error) {
    parts.log.warn({ userId: click.userId, code: slackCode(error) }, 'a modal could not be opened');
    await answerClick(parts, client, click, notOpenedText);
    return undefined;
  }
}
