import { suggest } from './describe-issue.ts';
import type { Problem } from './problems.ts';
import { isWhole, type ReadSource } from './read-source.ts';
import type { ApprovalFile } from './rule-schema.ts';
import type { ConfigPath, Places } from './source.ts';

type Groups = ReadonlyMap<string, { readonly members: readonly string[] }>;

/** Every approval that policy may ask for can be given: its groups exist, and have as many people as must agree. */
export function checkApprovals(files: readonly ReadSource[], problems: Problem[]): void {
  // While a group is not sound, nothing can be said of who refers to it.
  const groups: Groups | undefined = isWhole(files, 'approvers')
    ? new Map(files.flatMap(({ content }) => Object.entries(content.approvers)))
    : undefined;
  const hasDefault =
    !isWhole(files, 'defaults') || files.some(({ content }) => content.defaults?.approval !== undefined);
  for (const { source, content, place } of files) {
    const { defaults } = content;
    checkApproval(defaults?.approval, source, ['defaults', 'approval'], groups, problems);
    if (defaults?.decision === 'require_approval' && !hasDefault) {
      problems.push(source.problem(['defaults', 'decision'], 'says not who approves; add defaults.approval.groups'));
    }
    content.rules.forEach(({ id, decision, approval }, index) => {
      checkApproval(approval, source, place('rules', index, 'approval'), groups, problems);
      if (decision === 'require_approval' && approval === undefined && !hasDefault) {
        const message = `rule ${id} requires approval and says not by whom; give it approval.groups, or set defaults.approval`;
        problems.push(source.problem(place('rules', index, 'decision'), message));
      }
      if (decision !== 'require_approval' && approval !== undefined) {
        const message = `rule ${id} decides "${decision}", so nobody will be asked; did you mean require_approval?`;
        problems.push(source.problem(place('rules', index, 'approval'), message));
      }
    });
  }
}

function checkApproval(
  approval: ApprovalFile | undefined,
  source: Places,
  path: ConfigPath,
  groups: Groups | undefined,
  problems: Problem[],
): void {
  if (approval === undefined || groups === undefined) return;
  const people = new Set<string>();
  let known = true;
  approval.groups.forEach((name, index) => {
    const group = groups.get(name);
    if (group === undefined) {
      known = false;
      const message = `there is no approver group "${name}"${suggest(name, [...groups.keys()])}`;
      problems.push(source.problem([...path, 'groups', index], message));
    }
    for (const member of group?.members ?? []) people.add(member.toLowerCase());
  });
  if (known && approval.quorum > people.size) {
    const message = `a quorum of ${approval.quorum} can never be reached: the groups have ${people.size} people`;
    problems.push(source.problem([...path, 'quorum'], message));
  }
}
