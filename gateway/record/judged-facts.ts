import type { Json } from '../../workflows/contract/call.ts';
import type { JudgedCall } from '../call.ts';
import { callerFacts, firstOf } from './caller-facts.ts';

/** An entry has room for so many UTF-8 bytes of each, as JSON. */
const actsBytesMax = 3_072;
const groupsBytesMax = 1_024;

/**
 * What was judged beside what was asked, in canonical order: by that a later policy can be tried on the call, without
 * a word of it in clear. `approval`: who had to approve it. `command`: what it would do, in words from a closed
 * vocabulary; `moreActs`: some are left out. `tool`: what its server said of it; absent when no list had shown it.
 */
export function judgedFacts(call: JudgedCall): Readonly<Record<string, Json>> {
  const { actors, client } = call.caller;
  const facts: Record<string, Json> = {};
  if (actors.length > 0) facts['actors'] = actors;
  if (call.judgement.verdict === 'hold') {
    const { expiresAfterMs, groups, quorum } = call.judgement.approval;
    const names = groups.map(({ name }) => name);
    const fits = firstOf(names, groupsBytesMax).length === names.length;
    if (fits) facts['approval'] = { expiresAfterMs, groups: names, quorum };
  }
  facts['caller'] = callerFacts(call.caller);
  if (client !== undefined) facts['client'] = client;
  if (call.command !== undefined) facts['command'] = commandFacts(call.command);
  return facts;
}

/** Stands behind the others by its name. */
export function toolFacts({ pin }: JudgedCall): Readonly<Record<string, Json>> {
  if (pin?.hints === undefined) return {};
  return { tool: { accepted: pin.accepted, hints: { ...pin.hints } } };
}

function commandFacts({ acts, dialect }: NonNullable<JudgedCall['command']>): Json {
  const all = acts.map(({ construct, effects, system }) => ({ construct, effects, system }));
  const told = firstOf(all, actsBytesMax);
  return { acts: told, dialect, ...(told.length < all.length ? { moreActs: true } : {}) };
}
