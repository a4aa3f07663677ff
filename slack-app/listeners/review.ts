import type { Middleware, SlackActionMiddlewareArgs, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { slackCode } from '../outbound/slack-failure.ts';
import { readButtonValue } from '../render/button-value.ts';
import { loadingModal, noticeModal, reviewModal, type ModalOrigin } from '../render/modal.ts';
import { CaseEnded } from './cases.ts';
import { answerClick, clickOf, type ButtonClick } from './click.ts';
import { openModal, originOf } from './open-modal.ts';
import { submitDecision } from './submit-decision.ts';
import { caseEndedText, errorName, unreadableText, type ListenerParts } from './take-decision.ts';

/** Review on a card: a modal at once, then filled with everything the case has to show. */
export function reviewListener(parts: ListenerParts): Middleware<SlackActionMiddlewareArgs<ButtonClick>> {
  return async ({ ack, action, body, client }) => {
    const click = clickOf(body, action);
    const point = readButtonValue(action.value);
    if (point === undefined) {
      await ack();
      return answerClick(parts, client, click, unreadableText);
    }
    const viewId = await openModal(parts, client, body, click, loadingModal());
    if (viewId === undefined) return undefined;
    await ack();
    const view = await contentOf(parts, originOf(point, click));
    try {
      await client.views.update({ view_id: viewId, view });
    } catch (error) {
      parts.log.warn({ approvalId: point.approvalId, code: slackCode(error) }, 'a review could not be shown');
      await answerClick(parts, client, click, 'The request could not be shown. Nothing was recorded; try again.');
    }
    return undefined;
  };
}

/** The modal submitted: this is the approval, of exactly the revision it showed. */
export function reviewSubmission(parts: ListenerParts): Middleware<SlackViewMiddlewareArgs<ViewSubmitAction>> {
  return ({ ack, body, view }) =>
    submitDecision(parts, { ack, body, view, decision: 'approve', reasonRequired: false });
}

async function contentOf(parts: ListenerParts, origin: ModalOrigin): Promise<ModalView> {
  const { approvalId, workflowId } = origin.point;
  try {
    const view = await parts.cases.read(workflowId);
    // A later identical call opens a new case under the same workflow id; this card is not about that one.
    const sameCase = view.request.approvalId === approvalId && view.status === 'open';
    return sameCase ? reviewModal(view, origin, parts.channel) : noticeModal(caseEndedText);
  } catch (error) {
    if (error instanceof CaseEnded) return noticeModal(caseEndedText);
    parts.log.warn({ approvalId, error: errorName(error) }, 'a case could not be read for its review');
    return noticeModal('The request could not be read just now. Close this and try again.');
  }
}
