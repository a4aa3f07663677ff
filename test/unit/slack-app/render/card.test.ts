import type { KnownBlock } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { renderCard } from '../../../../slack-app/render/card.ts';
import { readButtonValue } from '../../../../slack-app/render/button-value.ts';
import { fallbackBytesMax, slackLimits } from '../../../../slack-app/render/limits.ts';
import { concealText, revealText } from '../../../../slack-app/render/safe-text.ts';
import type { ApprovalStatus, ApprovalView } from '../../../../workflows/contract/approval.ts';
import { approvalId, hostileTexts, requestWith, viewWith, voteWith, workflowId } from '../fixtures.ts';

interface Found {
  readonly type: string;
  readonly action_id?: string;
  readonly value?: string;
  readonly text?: unknown;
  readonly accessibility_label?: string;
}

/** Every object with a `type` anywhere in the blocks. */
function elementsOf(node: unknown): Found[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = 'type' in node ? [node as Found] : [];
  return [...own, ...Object.values(node).flatMap(elementsOf)];
}

function buttonsOf(blocks: KnownBlock[]): string[] {
  return elementsOf(blocks).flatMap((element) => (element.type === 'button' ? [element.action_id ?? ''] : []));
}

function shownArguments(blocks: KnownBlock[]): string | undefined {
  const block = elementsOf(blocks).find((element) => element.type === 'rich_text_preformatted');
  return elementsOf(block).find((element) => element.type === 'text')?.text as string | undefined;
}

function expectWithinSlackLimits(blocks: KnownBlock[], text: string): void {
  expect(blocks.length).toBeLessThanOrEqual(slackLimits.messageBlocksMax);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(fallbackBytesMax);
  const strings = elementsOf(blocks).flatMap((element) => (typeof element.text === 'string' ? [element.text] : []));
  expect(strings.every((string) => string.length > 0)).toBe(true);
  expect(strings.join('').length).toBeLessThanOrEqual(slackLimits.messageCharsMax);
  for (const block of blocks) {
    if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(slackLimits.headerCharsMax);
    if (block.type === 'section') {
      expect(block.fields?.length ?? 0).toBeLessThanOrEqual(slackLimits.fieldsMax);
      expect(block.fields?.every((field) => field.text.length <= slackLimits.fieldCharsMax)).toBe(true);
    }
    if (block.type === 'actions') expect(block.block_id?.length ?? 0).toBeLessThanOrEqual(slackLimits.blockIdCharsMax);
  }
  for (const element of elementsOf(blocks)) {
    if (element.type !== 'button') continue;
    expect(element.value?.length ?? 0).toBeLessThanOrEqual(slackLimits.buttonValueCharsMax);
    expect(element.accessibility_label?.length ?? 0).toBeLessThanOrEqual(slackLimits.accessibilityLabelCharsMax);
    const { confirm } = element as { confirm?: { text: { text: string } } };
    expect(confirm?.text.text.length ?? 0).toBeLessThanOrEqual(slackLimits.confirmTextCharsMax);
  }
}

describe('the card', () => {
  it('says what the call is for, who says so, and what its caller will not see', () => {
    const purpose = { code: 'incident', text: 'the queue grows', source: 'meta', claimedBy: 'agent' } as const;
    const claimed = viewWith({ request: requestWith({ purpose, masks: ['salary', '*_ssn'] }) });
    const { blocks, text } = renderCard(claimed, 'slack');
    for (const shown of [JSON.stringify(blocks), text]) {
      expect(shown).toContain('incident: the queue grows (as its agent claims)');
      expect(shown).toContain('salary, *_ssn');
    }
    expectWithinSlackLimits(blocks, text);
    const stated = { text: 'incident: \u202eit', source: 'elicitation', claimedBy: 'human' } as const;
    const other = JSON.stringify(renderCard(viewWith({ request: requestWith({ purpose: stated }) }), 'slack').blocks);
    expect(other).toContain('(stated by the person at the client)');
    expect(other).not.toContain('\u202e');
    expect(other).not.toContain('Hidden from the caller');
  });

  it('cannot be approved at a glance when its purpose does not fit on it', () => {
    const purpose = { text: 'why '.repeat(240), source: 'meta', claimedBy: 'agent' } as const;
    const { blocks, text } = renderCard(viewWith({ request: requestWith({ purpose }) }), 'slack');
    expectWithinSlackLimits(blocks, text);
    expect(buttonsOf(blocks)).not.toContain('approve');
  });

  it('says who, what, why, until when, and carries the three buttons with a value that reads back', () => {
    const { blocks, text } = renderCard(viewWith(), 'slack');
    const all = JSON.stringify(blocks);
    for (const fact of [
      'ops.apply_config',
      'ci-deployer',
      'Changes production.',
      'ops-writes',
      '1 approval from sre',
    ]) {
      expect(all).toContain(fact);
      expect(text).toContain(fact);
    }
    expect(all).toContain('2026-11-24 14:05 UTC');
    expect(all).toContain('fingerprint 9f3a 11c2 07be');
    expect(buttonsOf(blocks)).toEqual(['approve', 'deny', 'review']);
    expect(blocks.at(-1)).toMatchObject({ type: 'actions', block_id: `apr:${approvalId}:3` });
    const [button] = elementsOf(blocks).filter((element) => element.type === 'button');
    expect(readButtonValue(button?.value)).toEqual({
      approvalId,
      revision: 3,
      shownDigest: '9f3a11c207be',
      workflowId,
    });
    expectWithinSlackLimits(blocks, text);
  });

  it('has no Approve button when the arguments are longer than a card shows', () => {
    const long = viewWith({ request: requestWith({ maskedArguments: `"${'x'.repeat(2_600)}"` }) });
    const { blocks, text } = renderCard(long, 'slack');
    expect(buttonsOf(blocks)).toEqual(['review', 'deny']);
    expect(shownArguments(blocks)).toBeUndefined();
    expect(text).toContain('not shown in full here');
  });

  it('has no Approve button when only the text for screen readers is too short for the arguments', () => {
    const markup = viewWith({ request: requestWith({ maskedArguments: `"${'<'.repeat(1_500)}"` }) });
    expect(buttonsOf(renderCard(markup, 'slack').blocks)).toEqual(['review', 'deny']);
  });

  it('has no Approve button when a fact was cut', () => {
    const wordy = viewWith({ request: requestWith({ why: 'because '.repeat(100) }) });
    expect(buttonsOf(renderCard(wordy, 'slack').blocks)).toEqual(['review', 'deny']);
  });

  it('says in a line for each rule why it applies, which is only watched, and which nearly does', () => {
    const explanation = [
      {
        id: 'ops-writes',
        decision: 'require_approval',
        fitting: ['the connection is ops', 'the tool is apply_config'],
      },
      { id: 'readers', decision: 'allow', fitting: [] },
      { id: 'freeze', decision: 'block', mode: 'shadow', fitting: ['it is Fri 17:00 in UTC, inside Fri'] },
      {
        id: 'audit',
        decision: 'block',
        fitting: ['the connection is ops'],
        mismatch: 'argument /key does not fit audit*',
      },
    ] as const;
    const lines = [
      'ops-writes asks for approval: the connection is ops; the tool is apply_config.',
      'readers allows it: it speaks of every call.',
      'freeze (shadow, decides nothing) would block it: it is Fri 17:00 in UTC, inside Fri.',
      'audit would block it, but argument /key does not fit audit*.',
    ];
    const { blocks, text } = renderCard(viewWith({ request: requestWith({ explanation }) }), 'slack');
    const shown = elementsOf(blocks).map((element) => element.text);
    expect(shown).toEqual(expect.arrayContaining(['What the rules say', ...lines]));
    expect(text).toContain(`What the rules say: ${lines.join(' ')}`);
    expect(buttonsOf(blocks)).toContain('approve');
    expectWithinSlackLimits(blocks, text);
    const closed = renderCard(viewWith({ request: requestWith({ explanation }), status: 'expired' }), 'slack');
    expect(JSON.stringify(closed.blocks)).not.toContain('What the rules say');
  });

  it('shows as many rules as there is room for, and can still be approved', () => {
    const fitting = Array.from({ length: 12 }, (_unused, index) => `${index} ${'\u202E'.repeat(198)}`);
    const explanation = Array.from({ length: 15 }, (_unused, index) => ({
      id: `r${index}`,
      decision: 'require_approval' as const,
      fitting,
    }));
    const request = requestWith({ explanation, maskedArguments: `"${'x'.repeat(2_400)}"` });
    const { blocks, text } = renderCard(viewWith({ request }), 'slack-sim');
    expectWithinSlackLimits(blocks, text);
    expect(buttonsOf(blocks)).toContain('approve');
    expect(JSON.stringify(blocks)).toMatch(/\d+ more: see Review\./);
    expect(text).not.toContain('What the rules say');
  });

  it('never lets data be markup, whoever supplied it', () => {
    const nasty = '<!channel> *bold* `code` <https://evil.example|Approve here> :tada:';
    const request = requestWith({
      tool: nasty,
      why: nasty,
      maskedArguments: nasty,
      caller: { issuer: nasty, subject: nasty, groups: [], actors: [nasty], owner: nasty },
    });
    for (const status of ['open', 'denied'] as const) {
      const votes = [voteWith({ decision: 'deny', reason: nasty, name: nasty })];
      const { blocks, text } = renderCard(viewWith({ request, status, votes }), 'slack');
      expect(elementsOf(blocks).filter((element) => ['mrkdwn', 'markdown'].includes(element.type))).toEqual([]);
      const plain = elementsOf(blocks).filter((element) => element.type === 'plain_text');
      expect(plain.every((element) => 'emoji' in element && element.emoji === false)).toBe(true);
      expect(text).not.toMatch(/[<>]/);
    }
  });

  it('stays within Slack’s limits and shows arguments exactly or not at all, whatever they hold', () => {
    const seen = { shown: 0, hidden: 0 };
    for (const text of hostileTexts(300, 3_200)) {
      const short = text.slice(0, 40);
      const request = requestWith({
        maskedArguments: text === '' ? '{}' : text,
        why: short,
        tool: short.slice(0, 200),
      });
      const card = renderCard(viewWith({ request }), 'slack-sim');
      expectWithinSlackLimits(card.blocks, card.text);
      const shown = shownArguments(card.blocks);
      if (shown === undefined) expect(buttonsOf(card.blocks)).not.toContain('approve');
      else expect(concealText(shown)).toBe(request.maskedArguments);
      seen[shown === undefined ? 'hidden' : 'shown'] += 1;
    }
    expect(Math.min(seen.shown, seen.hidden)).toBeGreaterThan(10);
  });

  it('shows hidden characters in the arguments, with a warning', () => {
    const view = viewWith({ request: requestWith({ maskedArguments: '"a\u202Eb"' }) });
    const { blocks, text } = renderCard(view, 'slack');
    expect(shownArguments(blocks)).toBe(revealText('"a\u202Eb"'));
    expect(JSON.stringify(blocks)).toContain('Careful: 1 hidden');
    expect(text).toContain('⟦U+202E⟧');
  });

  it('stamps everything that goes to the simulator', () => {
    const { blocks, text } = renderCard(viewWith(), 'slack-sim');
    expect(JSON.stringify(blocks)).toContain('LOCAL SLACK SIMULATOR');
    expect(text).toContain('LOCAL SLACK SIMULATOR');
    expect(JSON.stringify(renderCard(viewWith(), 'slack').blocks)).not.toContain('SIMULATOR');
  });
});

describe('the card of a case that is no longer open', () => {
  const receipt = { callId: 'call_1', commitment: 'c', seq: 41, bytes: 10, maskedFields: 2, toolError: false };
  const approved = { votes: [voteWith(), voteWith({ name: 'Robin', principal: 'sre-2@example.com' })] };
  const denied = { votes: [voteWith({ decision: 'deny', reason: 'Not during the freeze' })] };
  const by = 'Approved by Sasha (sre-1@example.com), Robin (sre-2@example.com)';
  const cases: [ApprovalStatus, Partial<ApprovalView>, string][] = [
    ['approved', approved, `${by} · starting`],
    ['approved', { ...approved, callersWaiting: 0 }, `${by} · waiting for the caller`],
    ['executing', approved, `${by} · running`],
    ['answered', { ...approved, outcome: { code: 'answered', receipt } }, `${by} — executed (ledger entry 41`],
    [
      'answered',
      { ...approved, outcome: { code: 'answered', receipt: { ...receipt, toolError: true } } },
      `${by} — executed, and the tool reported an error`,
    ],
    ['denied', denied, 'Denied by Sasha (sre-1@example.com): Not during the freeze'],
    ['expired', {}, 'Expired, nothing ran'],
    ['expired', approved, `${by}, but expired: nothing ran`],
    ['unknown', approved, `${by} — outcome unknown`],
    ['failed', { ...approved, outcome: { code: 'withheld', reason: 'masking failed' } }, 'withheld: masking failed'],
    ['failed', { ...approved, outcome: { code: 'unavailable', reason: 'upstream is down' } }, 'could not be executed'],
  ];

  it.each(cases)('%s: no buttons, the details, and one line that tells the end', (status, changes, line) => {
    const { blocks, text } = renderCard(viewWith({ status, ...changes }), 'slack');
    expect(buttonsOf(blocks)).toEqual([]);
    expect(JSON.stringify(blocks)).toContain(line);
    expect(JSON.stringify(blocks)).toContain('ci-deployer');
    expect(text).toContain(line);
    expectWithinSlackLimits(blocks, text);
  });

  it('keeps the buttons, and says how far it is, while more approvals are needed', () => {
    const request = requestWith({ rule: { ...requestWith().rule, quorum: 2 } });
    const { blocks } = renderCard(viewWith({ request, votes: [voteWith()] }), 'slack');
    expect(JSON.stringify(blocks)).toContain('1 of 2 so far: Approved by Sasha');
    expect(buttonsOf(blocks)).toContain('approve');
  });
});
