import type { SlackViewMiddlewareArgs, ViewOutput, ViewSubmitAction } from '@slack/bolt';
import type { DecisionKind } from '../../workflows/contract/approval.ts';
import type { Choice } from '../identity/decision-facts.ts';
import { reasonCharsMax, reasonCharsMin } from '../render/limits.ts';
import { readOrigin, reasonField } from '../render/modal.ts';
import { submissionOf } from './click.ts';
import { caseEndedText, notRecordedText, takeDecision, unreadableText, type ListenerParts } from './take-decision.ts';

interface Submission {
  readonly ack: SlackViewMiddlewareArgs<ViewSubmitAction>['ack'];
  readonly body: ViewSubmitAction;
  readonly view: ViewOutput;
  readonly decision: DecisionKind;
  readonly reasonRequired: boolean;
}

/** A submitted modal is a decision: it closes once Temporal has it, and otherwise stays open and says why. */
export async function submitDecision(parts: ListenerParts, submission: Submission): Promise<void> {
  const { ack, body, view, decision, reasonRequired } = submission;
  const keepOpen = (text: string): Promise<void> => ack({ response_action: 'errors', errors: { [reasonField]: text } });
  const origin = readOrigin(view.private_metadata);
  if (origin === undefined) return keepOpen(unreadableText);

  const reason = reasonOf(view);
  const problem = reasonProblem(reason, reasonRequired);
  if (problem !== undefined) return keepOpen(problem);

  const choice: Choice = reason === '' ? { decision } : { decision, reason };
  switch (await takeDecision(parts, submissionOf(body, origin), origin.point, choice)) {
    case 'recorded':
      return ack();
    case 'case_ended':
      return keepOpen(caseEndedText);
    case 'not_recorded':
      return keepOpen(notRecordedText);
  }
}

function reasonOf(view: ViewOutput): string {
  return (view.state.values[reasonField]?.[reasonField]?.value ?? '').trim();
}

/** Slack checks the length too, but counts spaces. */
function reasonProblem(reason: string, required: boolean): string | undefined {
  if (reason === '' && !required) return undefined;
  if (reason.length < reasonCharsMin) return `Give a reason of at least ${reasonCharsMin} characters.`;
  if (reason.length > reasonCharsMax) return `Keep the reason within ${reasonCharsMax} characters.`;
  return undefined;
}
