import type { Json } from '../../workflows/contract/call.ts';
import type { JudgedCall } from '../call.ts';

const actsMax = 32;

/**
 * What its command would do, in words from a closed vocabulary, and who had to approve it: by that a later policy can be
 * tried, and its author sees what changes. `moreActs`: some are left out.
 */
export function judgementFacts({ command, judgement }: JudgedCall): Readonly<Record<string, Json>> {
  const facts: Record<string, Json> = {};
  if (judgement.verdict === 'hold') {
    const { expiresAfterMs, groups, quorum } = judgement.approval;
    facts['approval'] = { expiresAfterMs, groups: groups.map(({ name }) => name), quorum };
  }
  if (command !== undefined) {
    const { acts, dialect } = command;
    const told = acts.slice(0, actsMax).map(({ construct, effects, system }) => ({ construct, effects, system }));
    const more = acts.length > actsMax ? { moreActs: true } : {};
    facts['command'] = { acts: told, dialect, ...more };
  }
  return facts;
}
