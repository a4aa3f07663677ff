import type { ActionsBlock, Button, ContextBlock, KnownBlock } from '@slack/types';
import type { ApprovalStatus, ApprovalView } from '../../workflows/contract/approval.ts';
import { pointOf, writeButtonValue } from './button-value.ts';
import { boldLine, fieldsSection, lineOfText, plainText, preformatted } from './elements.ts';
import { factsOf, fingerprint, toolName } from './facts.ts';
import { renderFallback } from './fallback.ts';
import { cardReasonsCharsMax, factCharsMax, slackLimits } from './limits.ts';
import { fewReasons, reasonsOf } from './reasons.ts';
import { findTricks, fitText, revealLine, revealText } from './safe-text.ts';
import { simulatorStamp, type CardChannel } from './simulator-stamp.ts';
import { statusLine } from './status-line.ts';

export interface Card {
  readonly blocks: KnownBlock[];
  /** What notifications and screen readers get; entity-escaped. */
  readonly text: string;
}

const titles: Record<ApprovalStatus, string> = {
  open: 'Approval needed',
  approved: 'Approved',
  executing: 'Running',
  answered: 'Executed',
  denied: 'Denied',
  expired: 'Expired',
  unknown: 'Outcome unknown',
  failed: 'No answer',
};

/**
 * PURE. The card of a case: who wants what and why, the masked arguments, and the buttons while it is open.
 * A card that does not show everything has no Approve button, only Review.
 */
export function renderCard(view: ApprovalView, channel: CardChannel): Card {
  const { request, status } = view;
  const fallback = renderFallback(view, channel);
  const line = statusLine(view);
  const header = fitText(`${titles[status]}: ${toolName(request)}`, slackLimits.headerCharsMax);
  const facts = factsOf(request);
  const fields = facts.map((fact) => `${fact.label}\n${fact.text}`);
  const approvable = fallback.complete && header.complete;
  const blocks: KnownBlock[] = [
    ...(channel === 'slack-sim' ? [contextLine(simulatorStamp)] : []),
    { type: 'header', text: plainText(header.text) },
    ...(line === undefined ? [] : [boldLine(line)]),
    fieldsSection(fields),
    ...(status === 'open' ? reasonBlocks(view) : []),
    ...(status === 'open' ? argumentBlocks(view, fallback.complete) : []),
    contextLine(referenceLine(view)),
    ...(status === 'open' ? [buttons(view, approvable)] : []),
  ];
  return { blocks, text: fallback.text };
}

function reasonBlocks({ request }: ApprovalView): KnownBlock[] {
  const lines = fewReasons(reasonsOf(request, factCharsMax), cardReasonsCharsMax, 'Review');
  return lines.length === 0 ? [] : [boldLine('What the rules say'), ...lines.map(lineOfText)];
}

function argumentBlocks({ request }: ApprovalView, complete: boolean): KnownBlock[] {
  const title = boldLine(`Arguments (${request.maskedFields} masked)`);
  const warnings = findTricks(request.maskedArguments).map((trick) => lineOfText(`⚠ Careful: ${trick}.`));
  if (!complete) {
    const note = 'This request is too long to be shown in full here. Open Review to see everything and to approve.';
    return [title, lineOfText(note), ...warnings];
  }
  return [title, preformatted(revealText(request.maskedArguments)), ...warnings];
}

function referenceLine({ request, revision, callersWaiting }: ApprovalView): string {
  const waiting = callersWaiting === 1 ? '1 caller waiting' : `${callersWaiting} callers waiting`;
  const policy = `policy ${request.policyDigest.slice(0, 8)}`;
  return `Request ${request.approvalId} · rev ${revision} · fingerprint ${fingerprint(request)} · ${policy} · ${waiting}`;
}

function contextLine(text: string): ContextBlock {
  return { type: 'context', elements: [plainText(text)] };
}

function buttons(view: ApprovalView, approvable: boolean): ActionsBlock {
  const value = writeButtonValue(pointOf(view));
  const named = (verb: string): string =>
    fitText(`${verb} ${toolName(view.request)}`, slackLimits.accessibilityLabelCharsMax).text;
  const button = (actionId: string, text: string, verb: string): Button => ({
    type: 'button',
    action_id: actionId,
    text: plainText(text),
    value,
    accessibility_label: named(verb),
  });
  const approve: Button = { ...button('approve', 'Approve', 'Approve'), style: 'primary', confirm: confirmation(view) };
  const deny: Button = { ...button('deny', 'Deny…', 'Deny'), style: 'danger' };
  const review = button('review', 'Review…', 'Review');
  return {
    type: 'actions',
    // Slack keeps a block's state by its id, so the id changes with every revision.
    block_id: `apr:${view.request.approvalId}:${view.revision}`,
    elements: approvable ? [approve, deny, review] : [review, deny],
  };
}

function confirmation({ request }: ApprovalView): NonNullable<Button['confirm']> {
  const caller = fitText(revealLine(request.caller.subject), 100).text;
  const text = `Run ${fitText(toolName(request), 100).text} once for ${caller}, with exactly the arguments shown? Fingerprint ${fingerprint(request)}.`;
  return {
    title: plainText('Approve this call?'),
    text: plainText(text),
    confirm: plainText('Approve'),
    deny: plainText('Go back'),
  };
}
