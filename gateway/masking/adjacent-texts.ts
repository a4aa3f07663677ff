import type { Detector } from './detector.ts';
import type { Edit } from './edits.ts';
import { decodeString, type Leaf } from './json-leaves.ts';
import type { Path } from './json-path.ts';
import { priorities } from './rules/rule.ts';
import { isMarker, markerOf, type Span } from './spans.ts';

/** How much of a long text is looked at on either side of a seam. */
const seamUnits = 4096;
/** A value whose name ends the text before may stand behind so much white space or quoting. */
const leadUnitsMax = 3;
/** What names a value stands so far before it at most. */
const nameUnitsMax = 256;

/** A stretch of a leaf, and where it stands in the joined text. */
interface Piece {
  readonly leaf: Leaf;
  readonly from: number;
  readonly at: number;
  readonly length: number;
}

/**
 * What a server split over neighbouring blocks (`content[0].text`, `content[1].text`): a secret cut in two, or a name
 * in one block and its value in the next. Only what crosses a seam; each leaf's own content is not looked at again.
 */
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

/** Leaves `…/i/text` of one array, where there are several. */
function adjacentTexts(leaves: readonly Leaf[]): Leaf[][] {
  const runs = new Map<Path, Leaf[]>();
  for (const leaf of leaves) {
    if (leaf.kind !== 'string' || leaf.path.step !== 'text') continue;
    const item = leaf.path.parent;
    if (item?.parent === undefined || typeof item.step !== 'number') continue;
    const run = runs.get(item.parent);
    if (run === undefined) runs.set(item.parent, [leaf]);
    else run.push(leaf);
  }
  return [...runs.values()].filter((run) => run.length > 1);
}

function addCrossing(detector: Detector, joined: string, pieces: readonly Piece[], edits: Map<Leaf, Edit[]>): void {
  if (pieces.length < 2) return;
  let first = 0;
  for (const span of detector.detect(joined)) {
    while (first < pieces.length - 1 && span.start >= (pieces[first + 1]?.at ?? 0)) first++;
    const start = pieces[first];
    if (start === undefined) return;
    const crosses = span.end > start.at + start.length;
    const followsName = first > 0 && span.start - start.at <= leadUnitsMax;
    if (!crosses && !followsName) continue;
    // What masking has left at a block's end does not reach into the next block.
    if (crosses && isMarker(joined.slice(span.start, start.at + start.length))) continue;
    const isWhole = crosses && endsWithPiece(detector, joined, span, start);
    if (isWhole && !followsName) continue;
    for (let i = first; i < pieces.length; i++) {
      const piece = pieces[i];
      if (piece === undefined || piece.at >= span.end || (isWhole && i > first)) break;
      addEdit(edits, piece, span);
    }
  }
}

/** An address or a named value that ends its block only seems to go on in the next; a token of known form may. */
function endsWithPiece(detector: Detector, joined: string, span: Span, piece: Piece): boolean {
  if (span.priority >= priorities.prefixed) return false;
  const from = Math.max(0, span.start - nameUnitsMax);
  const end = piece.at + piece.length;
  return detector.detect(joined.slice(from, end)).some((own) => own.end + from === end);
}

function addEdit(edits: Map<Leaf, Edit[]>, piece: Piece, { start, end, entity, rule }: Span): void {
  const edit = {
    start: piece.from + Math.max(0, start - piece.at),
    end: piece.from + Math.min(piece.length, end - piece.at),
    replacement: markerOf(entity),
    entity,
    rule,
  };
  const known = edits.get(piece.leaf);
  if (known === undefined) edits.set(piece.leaf, [edit]);
  else known.push(edit);
}
