import { alternativesOf } from '../policy/matchers/matcher.ts';
import { suggest } from './describe-issue.ts';
import type { LimitFile } from './limit-schema.ts';
import type { Problem } from './problems.ts';
import { isWhole, type ReadSource } from './read-source.ts';
import type { ConfigPath } from './source.ts';

/** A limit that counts nothing, or that nobody can reach, protects nothing. Adds to `problems`. */
export function checkLimits(files: readonly ReadSource[], problems: Problem[]): void {
  const connections = files.flatMap(({ content }) => content.connections.map(({ name }) => name));
  const allKnown = isWhole(files, 'connections');
  for (const { source, content, place } of files) {
    content.limits.forEach((limit, index) => {
      const say = (message: string, ...path: ConfigPath): void =>
        void problems.push(source.problem(place('limits', index, ...path), message));
      if (allKnown) checkConnections(limit, connections, say);
      checkNumbers(limit, say);
    });
  }
}

type Say = (message: string, ...path: ConfigPath) => void;

function checkConnections({ match }: LimitFile, connections: readonly string[], say: Say): void {
  const literals = alternativesOf(match.connection ?? []).filter((glob) => !/[*?]/.test(glob));
  for (const name of literals.filter((each) => !connections.includes(each))) {
    say(`there is no connection "${name}"${suggest(name, connections)}`, 'match', 'connection');
  }
}

function checkNumbers({ id, per, rate, concurrent, budget, openApprovals }: LimitFile, say: Say): void {
  if (rate === undefined && concurrent === undefined && budget === undefined && openApprovals === undefined) {
    say(`limit ${id} limits nothing: give it rate, concurrent, budget or openApprovals`);
  }
  if (budget !== undefined && budget.calls === undefined && budget.answerBytes === undefined) {
    say('a budget is of calls, of answerBytes, or of both', 'budget');
  }
  if (rate?.burst !== undefined && rate.burst > rate.calls) {
    say(`no more than ${rate.calls} calls can ever come at once`, 'rate', 'burst');
  }
  if (openApprovals !== undefined && per !== 'caller') {
    say('open approvals are counted per caller', 'openApprovals');
  }
}
