import type { Middleware, SlackActionMiddlewareArgs, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt';
import { readButtonValue } from '../render/button-value.ts';
import { denyModal } from '../render/modal.ts';
import { answerClick, clickOf, type ButtonClick } from './click.ts';
import { openModal, originOf } from './open-modal.ts';
import { submitDecision } from './submit-decision.ts';
import { unreadableText, type ListenerParts } from './take-decision.ts';

/** Deny on a card: opens the modal that asks why. Nothing is decided yet. */
export function denyListener(parts: ListenerParts): Middleware<SlackActionMiddlewareArgs<ButtonClick>> {
  return async ({ ack, action, body, client }) => {
    const click = clickOf(body, action);
    const point = readButtonValue(action.value);
    if (point === undefined) {
      await ack();
      return answerClick(parts, client, click, unreadableText);
    }
    const opened = await openModal(parts, client, body, click, denyModal(originOf(point, click)));
    if (opened !== undefined) await ack();
  };
}

/** The modal submitted: this is the denial. The caller reads the reason, so there has to be one. */
export function denySubmission(parts: ListenerParts): Middleware<SlackViewMiddlewareArgs<ViewSubmitAction>> {
  return ({ ack, body, view }) => submitDecision(parts, { ack, body, view, decision: 'deny', reasonRequired: true });
}
