import { sha256 } from './canonical.ts';

/**
 * The left-to-right roots of the perfect subtrees of a tree, largest first: one hash per set bit of the size.
 * It is all that is needed to append, and to compute the root.
 */
export type CompactRange = readonly Buffer[];

const hashBytes = 32;
const leafPrefix = Buffer.of(0);
const nodePrefix = Buffer.of(1);

/** RFC 6962 section 2.1: the prefixes keep a leaf from being shown as a node, and a node as a leaf. */
export function hashLeaf(entry: Uint8Array): Buffer {
  return sha256(Buffer.concat([leafPrefix, entry]));
}

function hashNode(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.concat([nodePrefix, left, right]));
}

/** Appends leaf hashes to the tree of `size` leaves that `range` stands for. */
export function foldLeaves(range: CompactRange, size: number, leaves: readonly Buffer[]): CompactRange {
  const roots = [...range];
  let count = size;
  for (const leaf of leaves) {
    let node = leaf;
    for (let rest = count; isOdd(rest); rest = half(rest)) {
      const left = roots.pop();
      if (left === undefined) throw new RangeError(`The compact range does not belong to a tree of ${size} leaves.`);
      node = hashNode(left, node);
    }
    roots.push(node);
    count += 1;
  }
  return roots;
}

/** The tree head. An empty tree has the hash of nothing. */
export function rangeRoot(range: CompactRange): Buffer {
  const last = range.at(-1);
  if (last === undefined) return sha256(Buffer.alloc(0));
  return range.slice(0, -1).reduceRight((right, left) => hashNode(left, right), last);
}

export function serialiseRange(range: CompactRange): Buffer {
  return Buffer.concat(range);
}

/** Refuses bytes that cannot be the range of a tree of this size. */
export function parseRange(bytes: Buffer, size: number): CompactRange {
  let expected = 0;
  for (let rest = size; rest > 0; rest = half(rest)) expected += rest % 2;
  if (bytes.length !== expected * hashBytes) {
    throw new RangeError(`A tree of ${size} leaves has ${expected} roots, not ${bytes.length} bytes of them.`);
  }
  return Array.from({ length: expected }, (_, index) => bytes.subarray(index * hashBytes, (index + 1) * hashBytes));
}

export function treeRoot(leaves: readonly Buffer[]): Buffer {
  return rangeRoot(foldLeaves([], 0, leaves));
}

/** RFC 6962 section 2.1.1: the hashes that lead from one leaf to the root, lowest first. */
export function inclusionProof(leaves: readonly Buffer[], index: number): readonly Buffer[] {
  if (index < 0 || index >= leaves.length) throw new RangeError(`There is no leaf ${index} in ${leaves.length}.`);
  if (leaves.length === 1) return [];
  const split = leftSize(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...inclusionProof(left, index), treeRoot(right)]
    : [...inclusionProof(right, index - split), treeRoot(left)];
}

/** RFC 6962 section 2.1.2: the hashes that show the tree of the first `oldSize` leaves to be a prefix of this one. */
export function consistencyProof(leaves: readonly Buffer[], oldSize: number): readonly Buffer[] {
  if (oldSize < 0 || oldSize > leaves.length)
    throw new RangeError(`${oldSize} is no earlier size of ${leaves.length}.`);
  return oldSize === 0 || oldSize === leaves.length ? [] : consistencyOf(leaves, oldSize, true);
}

function consistencyOf(leaves: readonly Buffer[], oldSize: number, isWholeOldTree: boolean): readonly Buffer[] {
  if (oldSize === leaves.length) return isWholeOldTree ? [] : [treeRoot(leaves)];
  const split = leftSize(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return oldSize <= split
    ? [...consistencyOf(left, oldSize, isWholeOldTree), treeRoot(right)]
    : [...consistencyOf(right, oldSize - split, false), treeRoot(left)];
}

/** RFC 9162 section 2.1.3.2. */
export function verifyInclusion(
  claim: { readonly leaf: Buffer; readonly index: number; readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean {
  if (claim.index < 0 || claim.index >= claim.size) return false;
  let [position, last, root] = [claim.index, claim.size - 1, claim.leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(position) || position === last) {
      root = hashNode(sibling, root);
      while (!isOdd(position) && position !== 0) [position, last] = [half(position), half(last)];
    } else {
      root = hashNode(root, sibling);
    }
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && root.equals(claim.root);
}

/** RFC 9162 section 2.1.4.2. Any tree extends the empty one. */
export function verifyConsistency(
  older: { readonly size: number; readonly root: Buffer },
  newer: { readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean {
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  if (older.size < 0 || older.size > newer.size) return false;
  if (older.size === 0) return proof.length === 0 && older.root.equals(treeRoot([]));
  let [position, last] = [older.size - 1, newer.size - 1];
  while (isOdd(position)) [position, last] = [half(position), half(last)];
  // An old tree that is a perfect subtree of the new one is not repeated in the proof.
  const [start, ...rest] = position === 0 ? [older.root, ...proof] : proof;
  if (start === undefined) return false;
  let [oldRoot, newRoot] = [start, start];
  for (const hash of rest) {
    if (last === 0) return false;
    if (isOdd(position) || position === last) {
      [oldRoot, newRoot] = [hashNode(hash, oldRoot), hashNode(hash, newRoot)];
      while (!isOdd(position) && position !== 0) [position, last] = [half(position), half(last)];
    } else {
      newRoot = hashNode(newRoot, hash);
    }
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && oldRoot.equals(older.root) && newRoot.equals(newer.root);
}

/** The largest power of two below `size`, which is at least 2. */
function leftSize(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** Sizes are beyond 32 bits in principle, where bit operators would wrap. */
function half(count: number): number {
  return Math.floor(count / 2);
}

function isOdd(count: number): boolean {
  return count % 2 === 1;
}
