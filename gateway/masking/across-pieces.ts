import type { Detector } from './detector.ts';
import type { Edit } from './edits.ts';
import type { Leaf } from './json-leaves.ts';
import { priorities } from './rules/rule.ts';
import { looksSecret } from './secret-values.ts';
import { isMarker, markerOf, type Span } from './spans.ts';

/** A value whose name ends the text before may stand behind so much white space or quoting. */
const leadUnitsMax = 3;
/** What names a value stands so far before it at most. */
const nameUnitsMax = 256;

/** A stretch of a text, and where it stands among the texts it was joined with. */
export interface Piece {
  /** Undefined: it has been released, and only what follows it can still be masked. */
  readonly leaf: Leaf | undefined;
  readonly from: number;
  readonly at: number;
  readonly length: number;
}

/**
 * Finds what crosses from one piece of a joined text into the next: a secret cut in two, or a name in one piece and its
 * value in the next. What lies within one piece is not looked at again.
 */
export function addCrossing(
  detector: Detector,
  joined: string,
  pieces: readonly Piece[],
  edits: Map<Leaf, Edit[]>,
): void {
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
      const within = joined.slice(Math.max(span.start, piece.at), Math.min(span.end, piece.at + piece.length));
      if (!isMarker(within)) addEdit(edits, piece, span);
    }
  }
}

/**
 * An address or a named value that ends its block only seems to go on in the next, unless the next begins with
 * something just as random; a token of known form may go on.
 */
function endsWithPiece(detector: Detector, joined: string, span: Span, piece: Piece): boolean {
  if (span.priority >= priorities.prefixed) return false;
  const from = Math.max(0, span.start - nameUnitsMax);
  const end = piece.at + piece.length;
  if (span.priority >= priorities.keyed && looksSecret(joined.slice(end, span.end), 'hint', 'bare')) return false;
  return detector.detect(joined.slice(from, end)).some((own) => own.end + from === end);
}

function addEdit(edits: Map<Leaf, Edit[]>, piece: Piece, { start, end, entity, rule }: Span): void {
  if (piece.leaf === undefined) return;
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
