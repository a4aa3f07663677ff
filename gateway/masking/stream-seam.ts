import { addCrossing } from './across-pieces.ts';
import type { Detector } from './detector.ts';
import type { Edit } from './edits.ts';
import { decodeString, type Leaf } from './json-leaves.ts';
import { pointerOf, type Path } from './json-path.ts';
import { openTokenUnitsMax } from './open-tokens.ts';
import { markerOf } from './spans.ts';
import { TextTail } from './text-tail.ts';

/** A private key of 4,096 bits is shorter. */
const tailUnits = 4096;
const headUnits = 4096;
/** One message may carry several texts, each with a continuation of its own. */
const tracksMax = 16;

/**
 * What the messages of one call, or of one stream, have ended with so far, so that a secret cut between two of them is
 * seen. Nothing is held back: a message leaves at once, and what completes a secret is masked in the one that follows.
 * Of the first part, whatever reads as the beginning of a token is masked too; fewer than eight units behind its prefix
 * may pass.
 *
 * Holds text as it came from the server, in memory and bounded; it must not outlive the call or be written anywhere.
 */
export class Seam {
  readonly #tails = new Map<string, TextTail>();
  #lastTrack: string | undefined;

  /** Finds what crosses from earlier messages into this one, and remembers how this one ends. */
  cross(detector: Detector, text: string, leaves: readonly Leaf[]): Map<Leaf, Edit[]> {
    const edits = new Map<Leaf, Edit[]>();
    const before = this.#lastTrack;
    // A hostile message may write to one track without end; what went before is compared with its first text there.
    const seen = new Set<string>();
    for (const leaf of leaves) {
      const kind = leaf.kind === 'string' ? kindOf(leaf.path) : undefined;
      if (kind === undefined || (kind === 'answer' && this.#tails.size === 0)) continue;
      const written = decodeString(text, leaf.start, leaf.end);
      if (written === '') continue;
      if (kind === 'answer') {
        for (const tail of this.#tails.values()) join(detector, tail.read(tailUnits), leaf, written, edits);
        break;
      }
      const track = pointerOf(leaf.path);
      if (seen.size === 0) this.#joinTrack(detector, before === track ? undefined : before, leaf, written, edits);
      if (!seen.has(track)) this.#joinTrack(detector, track, leaf, written, edits);
      seen.add(track);
      addOpenToken(detector, this.#tails.get(track), leaf, written, edits);
      this.#remember(track, written);
    }
    return edits;
  }

  #joinTrack(
    detector: Detector,
    track: string | undefined,
    leaf: Leaf,
    written: string,
    edits: Map<Leaf, Edit[]>,
  ): void {
    const tail = track === undefined ? undefined : this.#tails.get(track);
    if (tail !== undefined) join(detector, tail.read(tailUnits), leaf, written, edits);
  }

  /** UTF-16 units in memory. */
  get unitsHeld(): number {
    return [...this.#tails.values()].reduce((sum, tail) => sum + tail.units, 0);
  }

  #remember(track: string, written: string): void {
    const tail = this.#tails.get(track) ?? new TextTail(tailUnits);
    tail.add(written);
    this.#tails.delete(track);
    this.#tails.set(track, tail);
    this.#lastTrack = track;
    const [oldest] = this.#tails.keys();
    if (oldest !== undefined && this.#tails.size > tracksMax) this.#tails.delete(oldest);
  }
}

/** Gives each call its seam when its first message arrives; a call that is answered at once needs none. */
export function seamsByCall(): (call: object, final: boolean) => Seam | undefined {
  const seams = new WeakMap<object, Seam>();
  return (call, final) => {
    let seam = seams.get(call);
    if (seam === undefined && !final) seams.set(call, (seam = new Seam()));
    return seam;
  };
}

function join(detector: Detector, tail: string, leaf: Leaf, written: string, edits: Map<Leaf, Edit[]>): void {
  const head = written.slice(0, headUnits);
  const pieces = [
    { leaf: undefined, from: 0, at: 0, length: tail.length },
    { leaf, from: 0, at: tail.length, length: head.length },
  ];
  addCrossing(detector, tail + head, pieces, edits);
}

/** The token that the texts of a track end in may have begun in one that has passed. */
function addOpenToken(
  detector: Detector,
  tail: TextTail | undefined,
  leaf: Leaf,
  written: string,
  edits: Map<Leaf, Edit[]>,
): void {
  const before = tail?.read(openTokenUnitsMax - written.length) ?? '';
  const span = detector.openToken(before + written.slice(-openTokenUnitsMax));
  if (span === undefined) return;
  const { entity, rule } = span;
  const start = Math.max(0, written.length - (span.end - span.start));
  const edit = { start, end: written.length, replacement: markerOf(entity), entity, rule };
  edits.set(leaf, [...(edits.get(leaf) ?? []), edit]);
}

/**
 * Texts for a reader: the message of progress and of a request, the data of a log, a task's status, and any `text`.
 * Of an answer, the first one counts.
 */
function kindOf(path: Path): 'passing' | 'answer' | undefined {
  let field: Path = path;
  let top = field.parent;
  while (top?.parent?.parent !== undefined) {
    field = top;
    top = top.parent;
  }
  if (top?.parent === undefined) return undefined;
  if (top.step === 'params') {
    const { step } = field;
    return path.step === 'text' || step === 'message' || step === 'data' || step === 'statusMessage'
      ? 'passing'
      : undefined;
  }
  if (top.step === 'result') return path.step === 'text' ? 'answer' : undefined;
  return top.step === 'error' && field.step === 'message' ? 'answer' : undefined;
}
