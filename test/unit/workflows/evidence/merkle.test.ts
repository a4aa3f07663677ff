import { describe, expect, test } from 'vitest';
import {
  consistencyProof,
  foldLeaves,
  hashLeaf,
  inclusionProof,
  parseRange,
  rangeRoot,
  serialiseRange,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../../../workflows/evidence/merkle.ts';

/** Test vectors of the Certificate Transparency reference code: eight leaves, and the root of each prefix of them. */
const knownLeaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const knownRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const sizeMax = 130;
const leaves = Array.from({ length: sizeMax }, (_, index) => hashLeaf(Buffer.from(`entry ${index}`)));

function flip(hash: Buffer): Buffer {
  const changed = Buffer.from(hash);
  changed.writeUInt8(changed.readUInt8(0) ^ 1, 0);
  return changed;
}

/** Every proof that differs from a right one in one bit of one hash, lacks its last hash or has one too many. */
function spoil(proof: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const flipped = proof.map((_, at) => proof.map((hash, other) => (other === at ? flip(hash) : hash)));
  const extra = proof[0] ?? hashLeaf(Buffer.from('extra'));
  return [...flipped, ...(proof.length > 0 ? [proof.slice(0, -1)] : []), [...proof, extra]];
}

describe('the tree', () => {
  test.each(knownRoots.map((root, size) => ({ size, root })))(
    'has the RFC 6962 root at size $size',
    ({ size, root }) => {
      const hashes = knownLeaves.slice(0, size).map((hex) => hashLeaf(Buffer.from(hex, 'hex')));
      expect(treeRoot(hashes).toString('hex')).toBe(root);
    },
  );

  test('has the same root whether folded at once, one by one, or from a stored range', () => {
    for (let size = 0; size < sizeMax; size += 1) {
      const stored = serialiseRange(foldLeaves([], 0, leaves.slice(0, size)));
      const grown = foldLeaves(parseRange(stored, size), size, leaves.slice(size, size + 1));
      expect(rangeRoot(grown)).toEqual(treeRoot(leaves.slice(0, size + 1)));
    }
  });

  test('refuses a stored range of another size', () => {
    const range = serialiseRange(foldLeaves([], 0, leaves.slice(0, 5)));
    expect(() => parseRange(range, 7)).toThrow('A tree of 7 leaves has 3 roots');
    expect(() => foldLeaves([], 1, leaves.slice(0, 1))).toThrow('does not belong');
  });
});

describe('an inclusion proof', () => {
  test('convinces for every leaf of every size, and for no other claim', () => {
    for (let size = 1; size <= sizeMax; size += 1) {
      const tree = leaves.slice(0, size);
      const root = treeRoot(tree);
      for (const [index, leaf] of tree.entries()) {
        const claim = { leaf, index, size, root };
        const proof = inclusionProof(tree, index);
        const isRight = verifyInclusion(claim, proof);
        const wrongClaims = [
          { ...claim, leaf: flip(leaf) },
          { ...claim, root: flip(root) },
          { ...claim, index: index + 1 },
          { ...claim, index: index - 1 },
        ];
        const wrong = wrongClaims.some((other) => verifyInclusion(other, proof));
        const spoiled = spoil(proof).some((other) => verifyInclusion(claim, other));
        if (!isRight || wrong || spoiled) expect.fail(`leaf ${index} of ${size}: ${isRight} ${wrong} ${spoiled}`);
      }
    }
    expect(() => inclusionProof(leaves, sizeMax)).toThrow('There is no leaf 130');
  });
});

describe('a consistency proof', () => {
  test('convinces between every two sizes, and for no other claim', () => {
    for (let size = 1; size <= sizeMax; size += 1) {
      const newer = { size, root: treeRoot(leaves.slice(0, size)) };
      for (let oldSize = 0; oldSize <= size; oldSize += 1) {
        const older = { size: oldSize, root: treeRoot(leaves.slice(0, oldSize)) };
        const proof = consistencyProof(leaves.slice(0, size), oldSize);
        const isRight = verifyConsistency(older, newer, proof);
        const forked = verifyConsistency({ ...older, root: flip(older.root) }, newer, proof);
        // Nothing needs proof against the empty tree but that it is empty.
        const rewritten = oldSize > 0 && verifyConsistency(older, { ...newer, root: flip(newer.root) }, proof);
        const spoiled = spoil(proof).some((other) => verifyConsistency(older, newer, other));
        if (!isRight || forked || rewritten || spoiled) {
          expect.fail(`${oldSize} to ${size}: ${isRight} ${forked} ${rewritten} ${spoiled}`);
        }
      }
    }
  });

  test('never shows a smaller tree to extend a larger one', () => {
    const [small, large] = [3, 5].map((size) => ({ size, root: treeRoot(leaves.slice(0, size)) }));
    if (small === undefined || large === undefined) throw new Error('unreachable');
    expect(verifyConsistency(large, small, consistencyProof(leaves.slice(0, 5), 3))).toBe(false);
  });
});
