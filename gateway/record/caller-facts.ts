import type { Caller, Json } from '../../workflows/contract/call.ts';

/** Of somebody in more groups than that, so many are told; of names, UTF-8 bytes as JSON in all. */
const groupsMax = 64;
const groupBytesMax = 4_096;
const ownerCharsMax = 256;

/**
 * Who acts for a caller and through which client, where the token says so, and what else of it policy was asked about:
 * by that a later policy can be tried. The entry itself names the principal. `moreGroups`: some are left out.
 */
export function callerFacts({ actors, client, groups, owner }: Caller): Readonly<Record<string, Json>> {
  const told = boundedGroups(groups);
  const caller: Record<string, Json> = { groups: told };
  if (told.length < groups.length) caller['moreGroups'] = true;
  if (owner !== undefined) caller['owner'] = owner.slice(0, ownerCharsMax);
  return { ...(actors.length === 0 ? {} : { actors }), caller, ...(client === undefined ? {} : { client }) };
}

function boundedGroups(groups: readonly string[]): readonly string[] {
  let bytes = 0;
  const end = groups.findIndex((group, index) => {
    bytes += Buffer.byteLength(JSON.stringify(group));
    return index >= groupsMax || bytes > groupBytesMax;
  });
  return end < 0 ? groups : groups.slice(0, end);
}
