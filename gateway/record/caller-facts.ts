import type { Caller, Json } from '../../workflows/contract/call.ts';

/** An entry has room for so many UTF-8 bytes of groups, as JSON. */
const groupBytesMax = 2_048;
const ownerCharsMax = 256;

/** Of a caller, what rules ask for beside the principal and who acts for it. `moreGroups`: some are left out. */
export function callerFacts({ groups, owner }: Caller): Readonly<Record<string, Json>> {
  const told = firstOf(groups, groupBytesMax);
  return {
    groups: told,
    ...(told.length < groups.length ? { moreGroups: true } : {}),
    ...(owner === undefined ? {} : { owner: owner.slice(0, ownerCharsMax) }),
  };
}

/** PURE. As many of the first as have room in so many UTF-8 bytes, as JSON. */
export function firstOf<T extends Json>(items: readonly T[], bytesMax: number): readonly T[] {
  let bytes = 0;
  const end = items.findIndex((item) => (bytes += Buffer.byteLength(JSON.stringify(item)) + 1) > bytesMax);
  return end < 0 ? items : items.slice(0, end);
}
