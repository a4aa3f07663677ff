import type { Problem } from './problems.ts';
import type { ApprovalFile, ConfigFile } from './schema.ts';
import type { ConfigPath, Source } from './source.ts';

/** One file with its checked content. */
export interface LoadedFile {
  readonly source: Source;
  readonly content: ConfigFile;
}

/**
 * What no single file shows: names used twice, groups nobody defined, quorums nobody can reach, approvals that are
 * missing, callers without a token beyond loopback. Adds to `problems`.
 */
export function checkTogether(files: readonly LoadedFile[], loopback: boolean, problems: Problem[]): void {
  checkUnique(files, problems);
  checkOnce(files, 'publicUrl', problems);
  checkOnce(files, 'defaults', problems);
  const [first] = files;
  if (first !== undefined && !files.some(({ content }) => content.publicUrl !== undefined)) {
    problems.push(first.source.problem([], 'publicUrl is missing: the address by which callers reach this gateway'));
  }
  const groups = new Map(files.flatMap(({ content }) => Object.entries(content.approvers)));
  const hasDefault = files.some(({ content }) => content.defaults?.approval !== undefined);
  for (const { source, content } of files) {
    content.rules.forEach((rule, index) => {
      checkApproval(rule.approval, source, ['rules', index, 'approval'], groups, problems);
      if (rule.decision === 'require_approval' && rule.approval === undefined && !hasDefault) {
        const message = `rule ${rule.id} requires approval and says not by whom; give it approval.groups`;
        problems.push(source.problem(['rules', index, 'decision'], message));
      }
    });
    checkApproval(content.defaults?.approval, source, ['defaults', 'approval'], groups, problems);
    content.connections.forEach((connection, index) => {
      if (connection.anonymousAs === undefined || loopback) return;
      const message = 'anonymousAs admits callers without a token, so the gateway must listen on loopback only';
      problems.push(source.problem(['connections', index, 'anonymousAs'], message));
    });
  }
}

function checkApproval(
  approval: ApprovalFile | undefined,
  source: Source,
  path: ConfigPath,
  groups: ReadonlyMap<string, { readonly members: readonly string[] }>,
  problems: Problem[],
): void {
  if (approval === undefined) return;
  const people = new Set<string>();
  approval.groups.forEach((name, index) => {
    const group = groups.get(name);
    if (group === undefined) {
      problems.push(source.problem([...path, 'groups', index], `there is no approver group "${name}"`));
    }
    for (const member of group?.members ?? []) people.add(member.toLowerCase());
  });
  if (approval.quorum > people.size && people.size > 0) {
    const message = `a quorum of ${approval.quorum} can never be reached: the groups have ${people.size} people`;
    problems.push(source.problem([...path, 'quorum'], message));
  }
}

/** Names are one space over all files. The second use is the problem, and names the first. */
function checkUnique(files: readonly LoadedFile[], problems: Problem[]): void {
  const seen = new Map<string, string>();
  const check = (source: Source, kind: string, name: string, path: ConfigPath): void => {
    const key = `${kind} ${name}`;
    const first = seen.get(key);
    const problem = source.problem(path, `${kind} "${name}" stands already at ${first ?? ''}`);
    if (first === undefined) seen.set(key, `${problem.file}:${problem.line}`);
    else problems.push(problem);
  };
  for (const { source, content } of files) {
    content.rules.forEach(({ id }, index) => check(source, 'rule', id, ['rules', index, 'id']));
    content.connections.forEach(({ name }, index) => check(source, 'connection', name, ['connections', index, 'name']));
    content.issuers.forEach(({ issuer }, index) => check(source, 'issuer', issuer, ['issuers', index, 'issuer']));
    for (const name of Object.keys(content.approvers)) check(source, 'approver group', name, ['approvers', name]);
  }
}

function checkOnce(files: readonly LoadedFile[], key: 'publicUrl' | 'defaults', problems: Problem[]): void {
  const setting = files.filter(({ content }) => content[key] !== undefined);
  for (const { source } of setting.slice(1)) {
    problems.push(source.problem([key], `${key} is set already in ${setting[0]?.source.file ?? ''}`));
  }
}
