import type { ApprovalRequest, ApprovalView, DecisionFacts, Vote } from '../../../workflows/contract/approval.ts';

export const homeTeam = 'T0HOME';
export const cardChannel = 'C0CARDS';
export const workflowId = `approval/ops/${'ab'.repeat(32)}`;
export const approvalId = 'apr_019ab2c4-5d6e-7f80-9a1b-2c3d4e5f6071';

export function requestWith(changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    approvalId,
    connection: 'ops',
    method: 'tools/call',
    tool: 'apply_config',
    caller: { issuer: 'https://issuer.example', subject: 'ci-deployer', groups: [], actors: [] },
    maskedArguments: JSON.stringify({ service: 'billing', token: '[MASKED]' }, undefined, 2),
    maskedFields: 1,
    actionDigest: `9f3a11c207be${'0'.repeat(52)}`,
    policyDigest: 'c0ffee00'.repeat(8),
    ruleIds: ['ops-writes'],
    why: 'Changes production.',
    rule: {
      groups: [{ name: 'sre', members: ['sre-1@example.com', 'sre-2@example.com'] }],
      quorum: 1,
      expiresAfterMs: 900_000,
      grantTtlMs: 900_000,
    },
    openedAt: '2026-11-24T13:50:00.000Z',
    expiresAt: '2026-11-24T14:05:00.000Z',
    ...changes,
  };
}

export function viewWith(changes: Partial<ApprovalView> = {}): ApprovalView {
  return { request: requestWith(), workflowId, status: 'open', revision: 3, votes: [], callersWaiting: 1, ...changes };
}

export function voteWith(changes: Partial<Vote> = {}): Vote {
  return {
    decisionId: 'd'.repeat(64),
    principal: 'sre-1@example.com',
    name: 'Sasha',
    decision: 'approve',
    groups: ['sre'],
    decidedAt: '2026-11-24T13:55:00.000Z',
    ...changes,
  };
}

export function factsWith(changes: Partial<DecisionFacts> = {}): DecisionFacts {
  return {
    decisionId: 'd'.repeat(64),
    approvalId,
    revision: 3,
    shownDigest: '9f3a11c207be',
    decision: 'approve',
    channel: 'slack',
    assurance: 'chat',
    teamId: homeTeam,
    userId: 'U0SRE1',
    decidedAt: '2026-11-24T13:55:00.000Z',
    ...changes,
  };
}

/** Random text that is the same on every run: plain words, markup, hidden characters, any code point, lone surrogates. */
export function* hostileTexts(count: number, charsMax: number): Generator<string> {
  const next = randomNumbers(20_261_124);
  const pieces = [
    'word ',
    '"a": 1,\n',
    '<!channel>',
    '&amp;',
    '`*_~',
    '\u202E',
    '\u200B',
    '\u{E0041}',
    '⟦U+202E⟧',
    '⟦',
    '\uD800',
    '\uFE0F',
    'раypal',
    '💳',
    '\u0000',
    '\\"',
  ];
  for (let made = 0; made < count; made += 1) {
    let text = '';
    const length = Math.floor(next() * charsMax);
    while (text.length < length) {
      const codePoint = Math.floor(next() * 0x110000);
      text += next() < 0.8 ? (pieces[Math.floor(next() * pieces.length)] ?? '') : String.fromCodePoint(codePoint);
    }
    yield text;
  }
}

/** Mulberry32: small, seeded, good enough for choosing test inputs. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
