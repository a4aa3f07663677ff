import { checkApprovals } from './check-approvals.ts';
import { checkConditions } from './check-conditions.ts';
import { checkConnections } from './check-connections.ts';
import { checkIssuers } from './check-issuers.ts';
import { checkLimits } from './check-limits.ts';
import { checkPrivacy } from './check-privacy.ts';
import { checkRules } from './check-rules.ts';
import type { Problem } from './problems.ts';
import type { ReadSource } from './read-source.ts';
import type { ConfigPath } from './source.ts';

/** What stands in one file at most. */
const onceKeys = ['author', 'publicUrl', 'slack', 'operators', 'defaults'] as const;

/**
 * What no single file shows: names used twice, settings set twice, groups and connections nobody defined, quorums nobody
 * can reach, callers without a token beyond loopback, credentials nobody can use. Adds to `problems`.
 */
export function checkTogether(files: readonly ReadSource[], loopback: boolean, problems: Problem[]): void {
  checkUnique(files, problems);
  for (const key of onceKeys) checkOnce(files, key, problems);
  const [first] = files;
  const hasUrl = files.some(({ content, lost }) => content.publicUrl !== undefined || lost.has('publicUrl'));
  if (first !== undefined && !hasUrl) {
    problems.push(first.source.problem([], 'publicUrl is missing: the address by which callers reach this gateway'));
  }
  checkApprovals(files, problems);
  checkRules(files, problems);
  checkConditions(files, problems);
  checkLimits(files, problems);
  checkPrivacy(files, problems);
  checkConnections(files, loopback, problems);
  checkIssuers(files, problems);
}

/** Names are one space over all files. The second use is the problem, and names the first. */
function checkUnique(files: readonly ReadSource[], problems: Problem[]): void {
  const seen = new Map<string, string>();
  for (const { source, content, place } of files) {
    const check = (name: string, shown: string, path: ConfigPath): void => {
      const first = seen.get(name);
      const problem = source.problem(path, `${shown} stands already at ${first ?? ''}`);
      if (first === undefined) seen.set(name, `${problem.file}:${problem.line}`);
      else problems.push(problem);
    };
    content.rules.forEach(({ id }, index) => check(`rule ${id}`, `rule "${id}"`, place('rules', index, 'id')));
    content.limits.forEach(({ id }, index) => check(`limit ${id}`, `limit "${id}"`, place('limits', index, 'id')));
    content.connections.forEach(({ name }, index) =>
      check(`connection ${name}`, `connection "${name}"`, place('connections', index, 'name')),
    );
    // An issuer may come from `env:`, and a message holds no such value.
    content.issuers.forEach(({ issuer }, index) =>
      check(`issuer ${issuer}`, 'this issuer', place('issuers', index, 'issuer')),
    );
    for (const name of Object.keys(content.approvers)) {
      check(`group ${name}`, `approver group "${name}"`, ['approvers', name]);
    }
    for (const name of Object.keys(content.purposes)) {
      check(`purpose ${name}`, `purpose "${name}"`, ['purposes', name]);
    }
    for (const name of Object.keys(content.dataClasses)) {
      check(`class ${name}`, `data class "${name}"`, ['dataClasses', name]);
    }
  }
}

function checkOnce(files: readonly ReadSource[], key: (typeof onceKeys)[number], problems: Problem[]): void {
  const [first, ...others] = files
    .filter(({ content }) => content[key] !== undefined)
    .map(({ source }) => source.problem([key], ''));
  for (const other of others) {
    problems.push({ ...other, message: `this is set already at ${first?.file ?? ''}:${first?.line ?? ''}` });
  }
}
