import type { ApprovalRequest, ApproverGroup } from '../../workflows/contract/approval.ts';
import { shownDigestChars } from './button-value.ts';
import { factCharsMax } from './limits.ts';
import { fitText, revealLine } from './safe-text.ts';

/** One labelled line of a card. `complete` is false when the text had to be cut. */
export interface CardFact {
  readonly label: string;
  readonly text: string;
  readonly complete: boolean;
}

/** Larger groups are counted instead of listed. */
const listedMembersMax = 5;

/** PURE. What an approver must know besides the arguments, in the order of the card. */
export function factsOf(request: ApprovalRequest, charsMax: number = factCharsMax): CardFact[] {
  const { caller, rule } = request;
  const via = caller.actors.length === 0 ? '' : `, acting through ${caller.actors.join(', ')}`;
  const owner = caller.owner === undefined ? '' : `, owned by ${caller.owner}`;
  const facts: [string, string][] = [
    ['Requested by', `${caller.subject}${via}${owner} (${caller.issuer})`],
    ...purposeOf(request),
    ['Why it needs approval', request.why ?? 'The policy asks for approval.'],
    ['Rule', request.ruleIds.join(', ')],
    ['Needs', describeQuorum(rule.quorum, rule.groups)],
    ...(request.masks === undefined ? [] : [['Hidden from the caller', request.masks.join(', ')] as [string, string]]),
    ['Expires', describeTime(request.expiresAt)],
  ];
  return facts.map(([label, text]) => ({ label, ...fitText(revealLine(text === '' ? '–' : text), charsMax) }));
}

/** Nobody has checked what an agent says it is for. */
function purposeOf({ purpose }: ApprovalRequest): [string, string][] {
  if (purpose === undefined) return [];
  const { code, text, claimedBy } = purpose;
  const by = claimedBy === 'human' ? 'stated by the person at the client' : 'as its agent claims';
  return [
    ['Purpose', `${code === undefined || text.toLowerCase().startsWith(code) ? '' : `${code}: `}${text} (${by})`],
  ];
}

/** `2 approvals, at least one each from sre (a@x, b@x) and dba (14 people)`. */
function describeQuorum(quorum: number, groups: readonly ApproverGroup[]): string {
  const names = groups.map(({ name, members }) =>
    members.length <= listedMembersMax ? `${name} (${members.join(', ')})` : `${name} (${members.length} people)`,
  );
  const count = quorum === 1 ? '1 approval' : `${quorum} approvals`;
  return names.length > 1
    ? `${count}, at least one each from ${names.join(' and ')}`
    : `${count} from ${names.join('')}`;
}

/** `2026-11-24 14:05 UTC`; an unreadable time is shown as it came. */
function describeTime(rfc3339: string): string {
  const at = new Date(rfc3339);
  return Number.isNaN(at.getTime()) ? rfc3339 : `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `ops.apply_config`, in one visible line. */
export function toolName({ connection, tool }: ApprovalRequest): string {
  return revealLine(`${connection}.${tool}`);
}

/** The first 12 hex characters of the action digest in groups of four, for comparing by eye. */
export function fingerprint({ actionDigest }: ApprovalRequest): string {
  return (actionDigest.slice(0, shownDigestChars).match(/.{1,4}/gu) ?? []).join(' ');
}
