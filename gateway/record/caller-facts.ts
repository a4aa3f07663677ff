import type { Caller, Json } from '../../workflows/contract/call.ts';

/** Of somebody in more groups than that, so many are told; of names, UTF-8 bytes as JSON in all. */
const groupsMax = 64;
const groupBytesMax = 4_096;
const ownerCharsMax = 256;

/** Of a caller, what rules ask for beside the principal and who acts for it. `moreGroups`: some are left out. */
export function callerFacts({ groups, owner }: Caller): Readonly<Record<string, Json>> {
  const told = boundedGroups(groups);
  return {
    groups: told,
    ...(told.length < groups.length ? { moreGroups: true } : {}),
    ...(owner === undefined ? {} : { owner: owner.slice(0, ownerCharsMax) }),
  };
}

function boundedGroups(groups: readonly string[]): readonly string[] {
  let bytes = 0;
  const end = groups.findIndex((group, index) => {
    bytes += Buffer.byteLength(JSON.stringify(group));
    return index >= groupsMax || bytes > groupBytesMax;
  });
  return end < 0 ? groups : groups.slice(0, end);
}
