import type { ApprovalRule } from '../../workflows/contract/approval.ts';
import { canonicalText } from '../../workflows/evidence/canonical.ts';
import type { Config } from '../config/config.ts';

type Need = Pick<ApprovalRule, 'groups' | 'quorum'>;

/**
 * PURE. What approvals lack of what is asked for, as the end of a sentence; undefined when nothing is missing.
 * `principals`: who has approved, in lower case. Who belongs to a group is what the configuration says now: somebody who
 * has left it since the click does not count.
 */
export function missingApprovals(
  { groups, quorum }: Need,
  approvers: Config['approvers'],
  principals: ReadonlySet<string>,
): string | undefined {
  const counted = new Set<string>();
  for (const { name } of groups) {
    const members = approvers[name]?.members.map((member) => member.toLowerCase()) ?? [];
    const approving = members.filter((member) => principals.has(member));
    if (approving.length === 0) return `approval by ${name}`;
    for (const member of approving) counted.add(member);
  }
  return counted.size >= quorum ? undefined : `approval by ${quorum} people, and has ${counted.size}`;
}

/** PURE. Whether whoever may spend an approval under `given` may do so under `asked`: nothing more is asked for. */
export function covers(given: Need, asked: Need): boolean {
  const known = new Set(given.groups.map(({ name }) => name));
  if (!asked.groups.every(({ name }) => known.has(name))) return false;
  // Of more groups, people may count who are in none of those that are asked for.
  return asked.quorum === 1 || (asked.groups.length === given.groups.length && asked.quorum <= given.quorum);
}

/** PURE. Whether the groups that are asked for have the same members in what is given: only those can decide there. */
export function hasMembersOf(given: Need, asked: Need): boolean {
  const known = new Set(given.groups.map((group) => canonicalText(group)));
  return asked.groups.every((group) => known.has(canonicalText(group)));
}
