import { addCrossing, type Piece } from './across-pieces.ts';
import type { Detector } from './detector.ts';
import type { Edit } from './edits.ts';
import { decodeString, type Leaf } from './json-leaves.ts';
import type { Path } from './json-path.ts';

/** How much of a long text is looked at on either side of a seam. */
const seamUnits = 4096;

/** What a server split over neighbouring blocks (`content[0].text`, `content[1].text`). */
export function editsAcrossTexts(detector: Detector, text: string, leaves: readonly Leaf[]): Map<Leaf, Edit[]> {
  const edits = new Map<Leaf, Edit[]>();
  for (const run of adjacentTexts(leaves)) {
    let joined = '';
    let pieces: Piece[] = [];
    const join = (leaf: Leaf, from: number, written: string): void => {
      pieces.push({ leaf, from, at: joined.length, length: written.length });
      joined += written;
    };
    for (const leaf of run) {
      const written = decodeString(text, leaf.start, leaf.end);
      if (written.length <= 2 * seamUnits) {
        if (written !== '') join(leaf, 0, written);
        continue;
      }
      join(leaf, 0, written.slice(0, seamUnits));
      addCrossing(detector, joined, pieces, edits);
      joined = '';
      pieces = [];
      join(leaf, written.length - seamUnits, written.slice(-seamUnits));
    }
    addCrossing(detector, joined, pieces, edits);
  }
  return edits;
}

/** Leaves `…/i/text`, `…/i/resource/text` and `…/i/content/text` of one array, where there are several. */
function adjacentTexts(leaves: readonly Leaf[]): Leaf[][] {
  const runs = new Map<Path, Leaf[]>();
  for (const leaf of leaves) {
    if (leaf.kind !== 'string' || leaf.path.step !== 'text') continue;
    const array = arrayAround(leaf.path);
    if (array === undefined) continue;
    const run = runs.get(array);
    if (run === undefined) runs.set(array, [leaf]);
    else run.push(leaf);
  }
  return [...runs.values()].filter((run) => run.length > 1);
}

function arrayAround({ parent }: Path): Path | undefined {
  const item = parent?.step === 'resource' || parent?.step === 'content' ? parent.parent : parent;
  return typeof item?.step === 'number' ? item.parent : undefined;
}
