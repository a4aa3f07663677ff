import type { Middleware, SlackActionMiddlewareArgs } from '@slack/bolt';
import { readButtonValue } from '../render/button-value.ts';
import { answerClick, clickOf, type ButtonClick } from './click.ts';
import { caseEndedText, notRecordedText, takeDecision, unreadableText, type ListenerParts } from './take-decision.ts';

/**
 * Approve on a card: durable first, acknowledged after. Without an acknowledgement Slack marks the button with a
 * warning, which is the truth.
 */
export function approveListener(parts: ListenerParts): Middleware<SlackActionMiddlewareArgs<ButtonClick>> {
  return async ({ ack, action, body, client }) => {
    const click = clickOf(body, action);
    const point = readButtonValue(action.value);
    const recorded =
      point === undefined ? 'unreadable' : await takeDecision(parts, click, point, { decision: 'approve' });
    switch (recorded) {
      case 'recorded':
        return ack();
      case 'case_ended':
        await ack();
        return answerClick(parts, client, click, caseEndedText);
      case 'unreadable':
        await ack();
        return answerClick(parts, client, click, unreadableText);
      case 'not_recorded':
        return answerClick(parts, client, click, notRecordedText);
    }
  };
}
