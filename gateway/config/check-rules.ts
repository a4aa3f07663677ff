import { isHousekeeping } from '../policy/methods.ts';
import { alternativesOf } from '../policy/matchers/matcher.ts';
import { suggest } from './describe-issue.ts';
import type { Problem } from './problems.ts';
import { isWhole, type ReadSource } from './read-source.ts';

/** A rule that can never match, or a setting without effect, protects nothing, whatever its author believes. */
export function checkRules(files: readonly ReadSource[], problems: Problem[]): void {
  const connections = files.flatMap(({ content }) => content.connections.map(({ name }) => name));
  const known = new Set(connections);
  const allKnown = isWhole(files, 'connections');
  for (const { source, content, place } of files) {
    content.rules.forEach(({ id, match, decision, mode, record }, index) => {
      for (const name of literals(match.connection)) {
        if (!allKnown || known.has(name)) continue;
        const message = `there is no connection "${name}"${suggest(name, connections)}`;
        problems.push(source.problem(place('rules', index, 'match', 'connection'), message));
      }
      for (const method of literals(match.method).filter(isHousekeeping)) {
        const message = `${method} is the protocol's own housekeeping: it is always allowed and no rule is asked`;
        problems.push(source.problem(place('rules', index, 'match', 'method'), message));
      }
      if (match.tool !== undefined && match.prompt !== undefined) {
        const message = 'no call names both a tool and a prompt, so this rule matches nothing; make two rules of it';
        problems.push(source.problem(place('rules', index, 'match', 'prompt'), message));
      }
      if (record !== undefined && mode === 'shadow') {
        const message = `rule ${id} is in shadow mode, so it decides nothing about where a call is recorded`;
        problems.push(source.problem(place('rules', index, 'record'), message));
      }
      if (record !== undefined && decision !== 'allow') {
        const message = `rule ${id} decides "${decision}", and only what is allowed can be recorded one way or the other`;
        problems.push(source.problem(place('rules', index, 'record'), message));
      }
    });
  }
}

function literals(globs: string | readonly string[] | undefined): readonly string[] {
  return alternativesOf(globs ?? []).filter((glob) => !/[*?]/.test(glob));
}
