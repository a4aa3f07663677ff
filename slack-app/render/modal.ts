import type { InputBlock, KnownBlock, ModalView } from '@slack/types';
import type { ApprovalView } from '../../workflows/contract/approval.ts';
import { pointOf, readButtonValue, writeButtonValue, type CardPoint } from './button-value.ts';
import { boldLine, lineOfText, plainText, preformatted } from './elements.ts';
import { factsOf, fingerprint, toolName } from './facts.ts';
import {
  reasonCharsMax,
  reasonCharsMin,
  reviewArgumentsBytesMax,
  reviewChunkCharsMax,
  reviewChunksMax,
  reviewReasonsCharsMax,
} from './limits.ts';
import { fewReasons, joinLines, reasonsOf } from './reasons.ts';
import { findTricks, fitText, revealText, splitText } from './safe-text.ts';
import { simulatorStamp, type CardChannel } from './simulator-stamp.ts';
import { statusLine } from './status-line.ts';

/** `callback_id` of the two modals whose submission is a decision. */
export const denyCallback = 'deny';
export const reviewCallback = 'review';
/** Block and action id of the reason in both. */
export const reasonField = 'reason';

/** What a modal remembers of the card it was opened from, in its `private_metadata`. */
export interface ModalOrigin {
  readonly point: CardPoint;
  readonly channelId?: string;
  readonly messageTs?: string;
}

/** PURE. Asks for the reason of a denial; it needs nothing but the click, so that it opens at once. */
export function denyModal(origin: ModalOrigin): ModalView {
  const { approvalId, shownDigest } = origin.point;
  return {
    type: 'modal',
    callback_id: denyCallback,
    private_metadata: writeOrigin(origin),
    title: plainText('Deny this call'),
    submit: plainText('Deny'),
    close: plainText('Cancel'),
    blocks: [
      lineOfText(`Request ${approvalId}, fingerprint ${(shownDigest.match(/.{1,4}/gu) ?? []).join(' ')}`),
      reasonInput({ label: 'Why?', optional: false }),
    ],
  };
}

/** PURE. Opened at once, because a trigger lives for three seconds; replaced when the case has been read. */
export function loadingModal(): ModalView {
  return noticeModal('Loading the request…');
}

/** PURE. A modal that only says something. */
export function noticeModal(text: string): ModalView {
  return { type: 'modal', title: plainText('Review'), close: plainText('Close'), blocks: [lineOfText(text)] };
}

/** PURE. Everything of an open case; its submission is the approval, and is offered only when all of it is shown. */
export function reviewModal(view: ApprovalView, origin: ModalOrigin, channel: CardChannel): ModalView {
  const { request } = view;
  const facts = factsOf(request, reviewChunkCharsMax);
  const shown = revealText(request.maskedArguments);
  const chunks = splitText(shown, reviewChunkCharsMax);
  const complete =
    facts.every((fact) => fact.complete) &&
    chunks.length <= reviewChunksMax &&
    Buffer.byteLength(JSON.stringify(shown)) <= reviewArgumentsBytesMax;
  const status = statusLine(view);
  const reasons = fewReasons(reasonsOf(request, reviewChunkCharsMax), reviewReasonsCharsMax, 'the ledger');
  const blocks: KnownBlock[] = [
    ...(channel === 'slack-sim' ? [lineOfText(simulatorStamp)] : []),
    boldLine(fitText(toolName(request), reviewChunkCharsMax).text),
    ...(status === undefined ? [] : [lineOfText(status)]),
    ...facts.map((fact) => lineOfText(`${fact.label}: ${fact.text}`)),
    ...(reasons.length === 0 ? [] : [boldLine('What the rules say')]),
    ...joinLines(reasons, reviewChunkCharsMax).map(lineOfText),
    lineOfText(`Request ${request.approvalId} · rev ${view.revision} · fingerprint ${fingerprint(request)}`),
    boldLine(`Arguments (${request.maskedFields} masked)`),
    ...findTricks(request.maskedArguments).map((trick) => lineOfText(`⚠ Careful: ${trick}.`)),
  ];
  if (!complete) {
    const note = 'They are too long for Slack. Decide in the console or with the countersign command.';
    return { ...noticeModal(''), blocks: [...blocks, lineOfText(note)] };
  }
  return {
    type: 'modal',
    callback_id: reviewCallback,
    private_metadata: writeOrigin({ ...origin, point: pointOf(view) }),
    title: plainText('Review'),
    submit: plainText('Approve'),
    close: plainText('Close'),
    blocks: [...blocks, ...chunks.map(preformatted), reasonInput({ label: 'Reason', optional: true })],
  };
}

function reasonInput({ label, optional }: { label: string; optional: boolean }): InputBlock {
  return {
    type: 'input',
    block_id: reasonField,
    optional,
    label: plainText(label),
    hint: plainText('The caller and its agent will read this.'),
    element: {
      type: 'plain_text_input',
      action_id: reasonField,
      multiline: true,
      min_length: reasonCharsMin,
      max_length: reasonCharsMax,
    },
  };
}

export function writeOrigin({ point, channelId, messageTs }: ModalOrigin): string {
  return JSON.stringify({ value: writeButtonValue(point), channelId, messageTs });
}

/** Reads `private_metadata` back strictly. Undefined for anything this version did not write. */
export function readOrigin(privateMetadata: string): ModalOrigin | undefined {
  const { value, channelId, messageTs } = parseRecord(privateMetadata);
  const point = readButtonValue(value);
  if (point === undefined) return undefined;
  return {
    point,
    ...(typeof channelId === 'string' ? { channelId } : {}),
    ...(typeof messageTs === 'string' ? { messageTs } : {}),
  };
}

function parseRecord(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
