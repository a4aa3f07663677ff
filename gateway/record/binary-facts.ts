import type { Json } from '../../workflows/contract/call.ts';
import type { Binary } from '../masking/encoded-leaves.ts';

/** Facts lie in the clear and are bounded; the body itself, with every binary, is kept beside them. */
const listedMax = 10;
const pointerUnitsMax = 128;

/** What an entry says of the binaries in a message: nothing when there are none. `binaryCount` counts all of them. */
export function binaryFacts(binaries: readonly Binary[] = []): Record<string, Json> {
  if (binaries.length === 0) return {};
  const listed = binaries.slice(0, listedMax).map(({ pointer, mediaType, bytes, sha256 }) => {
    return { pointer: pointer.slice(0, pointerUnitsMax), mediaType, bytes, sha256 };
  });
  return { binaries: listed, binaryCount: binaries.length };
}
