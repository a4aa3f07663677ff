import { describe, expect, it } from 'vitest';
import { pointOf } from '../../../../slack-app/render/button-value.ts';
import { slackLimits } from '../../../../slack-app/render/limits.ts';
import { denyModal, loadingModal, readOrigin, reviewModal } from '../../../../slack-app/render/modal.ts';
import { concealText } from '../../../../slack-app/render/safe-text.ts';
import { cardChannel, hostileTexts, requestWith, viewWith } from '../fixtures.ts';

const origin = { point: pointOf(viewWith()), channelId: cardChannel, messageTs: '1763992200.000100' };

function argumentsOf(blocks: readonly object[]): string {
  const found = JSON.stringify(blocks).matchAll(
    /"rich_text_preformatted","elements":\[\{"type":"text","text":("(?:[^"\\]|\\.)*")/g,
  );
  return [...found].map(([, text]) => JSON.parse(text ?? '""') as string).join('');
}

describe('modals', () => {
  it('ask for the reason of a denial and say that the caller will read it', () => {
    const modal = denyModal(origin);
    expect(modal.blocks.at(-1)).toMatchObject({
      type: 'input',
      block_id: 'reason',
      optional: false,
      hint: { text: 'The caller and its agent will read this.' },
      element: { action_id: 'reason', min_length: 5, max_length: 500 },
    });
    expect(readOrigin(modal.private_metadata ?? '')).toEqual(origin);
  });

  it('show all arguments of a large request, exactly, and then offer to approve', () => {
    for (const text of hostileTexts(40, 30_000)) {
      const view = viewWith({ request: requestWith({ maskedArguments: text === '' ? '{}' : text }) });
      const modal = reviewModal(view, origin, 'slack');
      expect(modal.submit?.text).toBe('Approve');
      expect(concealText(argumentsOf(modal.blocks))).toBe(view.request.maskedArguments);
      expect(modal.blocks.length).toBeLessThanOrEqual(slackLimits.modalBlocksMax);
      expect(Buffer.byteLength(JSON.stringify(modal))).toBeLessThanOrEqual(250_000);
      expect((modal.private_metadata ?? '').length).toBeLessThanOrEqual(slackLimits.privateMetadataCharsMax);
    }
  });

  it('say all that the rules say, beside as many arguments as fit', () => {
    const fitting = Array.from({ length: 12 }, () => '\u202E'.repeat(30));
    const rule = { id: 'r', decision: 'require_approval' as const, fitting };
    const last = { ...rule, id: 'last', fitting: ['the connection is ops'] };
    const explanation = [rule, rule, rule, last];
    const maskedArguments = `"${'x'.repeat(190_000)}"`;
    const modal = reviewModal(
      viewWith({ request: requestWith({ explanation, maskedArguments }) }),
      origin,
      'slack-sim',
    );
    expect(modal.submit?.text).toBe('Approve');
    expect(modal.blocks.length).toBeLessThanOrEqual(slackLimits.modalBlocksMax);
    expect(Buffer.byteLength(JSON.stringify(modal))).toBeLessThanOrEqual(250_000);
    const short = reviewModal(viewWith({ request: requestWith({ explanation: [rule, last] }) }), origin, 'slack');
    expect(JSON.stringify(short.blocks)).toContain('last asks for approval: the connection is ops.');
  });

  it('approve the revision they show, not the one of the card they were opened from', () => {
    const modal = reviewModal(viewWith({ revision: 9 }), origin, 'slack');
    expect(readOrigin(modal.private_metadata ?? '')?.point.revision).toBe(9);
  });

  it('cannot approve what does not fit into Slack', () => {
    const view = viewWith({ request: requestWith({ maskedArguments: 'x'.repeat(240_000) }) });
    const modal = reviewModal(view, origin, 'slack');
    expect(modal.submit).toBeUndefined();
    expect(JSON.stringify(modal.blocks)).toContain('Decide in the console');
  });

  it('keep their titles and buttons within 24 characters', () => {
    for (const modal of [denyModal(origin), loadingModal(), reviewModal(viewWith(), origin, 'slack')]) {
      for (const text of [modal.title, modal.submit, modal.close]) {
        expect(text?.text.length ?? 0).toBeLessThanOrEqual(slackLimits.modalTitleCharsMax);
      }
    }
  });

  it.each(['', '{}', 'null', '{"value":"apr_1|0|abc|approval/x/y"}'])(
    'refuse metadata they did not write: %s',
    (text) => {
      expect(readOrigin(text)).toBeUndefined();
    },
  );
});
