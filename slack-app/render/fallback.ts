import type { ApprovalView } from '../../workflows/contract/approval.ts';
import { factsOf, fingerprint, toolName } from './facts.ts';
import { factCharsMax, fallbackBytesMax, inlineArgumentsCharsMax } from './limits.ts';
import { reasonsOf } from './reasons.ts';
import { escapeEntities, findTricks, fitText, revealText } from './safe-text.ts';
import { simulatorStamp, type CardChannel } from './simulator-stamp.ts';
import { statusLine } from './status-line.ts';

export interface Fallback {
  /** Entity-escaped; at most `fallbackBytesMax` bytes of UTF-8. */
  readonly text: string;
  /** False when the arguments did not fit: then the card must not be approvable. */
  readonly complete: boolean;
}

/**
 * PURE. The `text` of the message. Screen readers and notifications get this and never the blocks, so it says
 * everything needed to decide, or says that it does not.
 */
export function renderFallback(view: ApprovalView, channel: CardChannel): Fallback {
  const head = escapeEntities(headOf(view, channel));
  if (view.status !== 'open') return { text: cutBytes(head, fallbackBytesMax), complete: true };
  const shown = revealText(view.request.maskedArguments);
  const tricks = findTricks(view.request.maskedArguments).map((trick) => `Careful: ${trick}. `);
  const whole = `${head} ${tricks.join('')}Arguments (${view.request.maskedFields} masked): ${escapeEntities(shown)}`;
  const factsComplete = factsOf(view.request).every((fact) => fact.complete);
  if (factsComplete && shown.length <= inlineArgumentsCharsMax && byteLength(whole) <= fallbackBytesMax) {
    const reasons = escapeEntities(reasonsOf(view.request, factCharsMax).join(' '));
    const more = reasons === '' ? whole : `${whole} What the rules say: ${reasons}`;
    return { text: byteLength(more) <= fallbackBytesMax ? more : whole, complete: true };
  }
  const note = ' It is not shown in full here. Open Review to see everything before deciding.';
  return { text: `${cutBytes(head, fallbackBytesMax - byteLength(note))}${note}`, complete: false };
}

function headOf(view: ApprovalView, channel: CardChannel): string {
  const { request } = view;
  const stamp = channel === 'slack-sim' ? `${simulatorStamp} ` : '';
  const status = statusLine(view);
  const facts = factsOf(request).map((fact) => `${fact.label}: ${fact.text.replace(/\.$/, '')}.`);
  const title = view.status === 'open' ? 'Approval needed' : 'Approval';
  return [
    `${stamp}${title}: ${fitText(toolName(request), 300).text}.`,
    ...(status === undefined ? [] : [`${status}.`]),
    ...facts,
    `Request ${request.approvalId}, revision ${view.revision}, fingerprint ${fingerprint(request)}.`,
  ].join(' ');
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** Cuts at a code point, and never inside an entity. */
function cutBytes(text: string, bytesMax: number): string {
  if (byteLength(text) <= bytesMax) return text;
  let kept = '';
  let bytes = byteLength('…');
  for (const [part] of text.matchAll(/&(?:amp|lt|gt);|[\s\S]/gu)) {
    bytes += byteLength(part);
    if (bytes > bytesMax) break;
    kept += part;
  }
  return `${kept}…`;
}
