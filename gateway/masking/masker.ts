import { isUtf8 } from 'node:buffer';
import { BudgetExceeded } from './budget.ts';
import { createDetector, type Detector } from './detector.ts';
import { applyEdits, offsetsAfter } from './edits.ts';
import { BodyRefused, type Binary } from './encoded-leaves.ts';
import type { FieldMask } from './fields/field-mask.ts';
import { pointerOf } from './json-path.ts';
import type { LeafEdit } from './edits.ts';
import { editsOfJson, editsOfText, SecretInProtectedField, startRun } from './mask-leaves.ts';
import type { Seam } from './stream-seam.ts';

/** A larger message is withheld, for the time its masking would take. */
const maskedBytesMax = 16 * 1024 * 1024;

/** Nothing may be released: the message could not be masked with certainty. Its text never quotes the message. */
export class MaskingFailed extends Error {}

/**
 * Where something was masked. `offset` and `length` count UTF-16 units in the leaf as it is after masking; in base64,
 * which is encoded anew, they span the whole leaf.
 */
export interface MaskHit {
  readonly entity: string;
  readonly rule: string;
  /**
   * JSON pointer of the leaf in the masked output (RFC 6901), '' for text. Where that would be very long, of an
   * enclosing value.
   */
  readonly pointer: string;
  readonly offset: number;
  readonly length: number;
}

/** `offset` and `length` count UTF-16 units of the text as it came. */
export type InputHit = Omit<MaskHit, 'pointer'>;

export interface Masked {
  /** The very same buffer when nothing was found. */
  readonly bytes: Buffer;
  readonly hits: readonly MaskHit[];
  readonly changed: boolean;
  /** Images and other bodies in base64 that hold no text and pass as they came. */
  readonly binaries: readonly Binary[];
}

/** Both functions throw MaskingFailed and nothing else. */
export interface Masker {
  /**
   * Any JSON value in UTF-8. Every byte outside the masked leaves' hits stays as it was written. `seam`: of the call or
   * stream whose messages are masked one after the other. `fields`: those that its caller may not see.
   */
  maskJson(bytes: Buffer, seam?: Seam, fields?: FieldMask): Masked;
  maskText(text: string, fields?: FieldMask): { text: string; hits: readonly MaskHit[] };
  /** SHA-256 of the rule set, hex. */
  readonly digest: string;
}

/** Builds a masker. `knownSecrets` are masked wherever they appear, whatever they look like. */
export function createMasker(options: { readonly knownSecrets?: readonly string[] } = {}): Masker {
  const detector = createDetector(options.knownSecrets ?? []);
  return {
    digest: detector.digest,
    maskJson: (bytes, seam, fields) => failClosed(bytes.length, () => maskJson(detector, bytes, seam, fields)),
    maskText: (text, fields) => failClosed(text.length, () => maskText(detector, text, fields)),
  };
}

function maskJson(detector: Detector, bytes: Buffer, seam: Seam | undefined, fields: FieldMask | undefined): Masked {
  if (!isUtf8(bytes)) throw new MaskingFailed('The message is not UTF-8; ask the server for its encoding.');
  const text = bytes.toString('utf8');
  assertJson(text);
  const run = startRun(detector, seam, fields);
  const edits = editsOfJson(run, text);
  const { binaries } = run;
  if (edits.length === 0) return { bytes, hits: [], changed: false, binaries };
  return { bytes: Buffer.from(applyEdits(text, edits)), hits: edits.flatMap(hitsOf), changed: true, binaries };
}

function hitsOf({ entity, rule, path, offset, replacement, within }: LeafEdit): MaskHit[] {
  const place = { pointer: pointerOf(path), offset, length: replacement.length };
  if (within === undefined) return [{ entity, rule, ...place }];
  return within.map((inner) => ({ entity: inner.entity, rule: inner.rule, ...place }));
}

function maskText(
  detector: Detector,
  text: string,
  fields: FieldMask | undefined,
): { text: string; hits: readonly MaskHit[] } {
  const edits = editsOfText(startRun(detector, undefined, fields), text);
  if (edits.length === 0) return { text, hits: [] };
  const offsets = offsetsAfter(edits);
  const hits = edits.map(({ entity, rule, replacement }, i) => {
    return { entity, rule, pointer: '', offset: offsets[i] ?? 0, length: replacement.length };
  });
  return { text: applyEdits(text, edits), hits };
}

/** Masks like maskText and says where the hits were in the input; what the gateway records must not say that. */
export function createEvaluator(): (text: string) => { readonly masked: string; readonly hits: readonly InputHit[] } {
  const detector = createDetector([]);
  return (text) =>
    failClosed(text.length, () => {
      const edits = editsOfText(startRun(detector), text);
      const hits = edits.map(({ entity, rule, start, end }) => ({ entity, rule, offset: start, length: end - start }));
      return { masked: applyEdits(text, edits), hits };
    });
}

function assertJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new MaskingFailed('The message is not JSON; look at what the server sends.');
  }
}

function failClosed<Result>(size: number, mask: () => Result): Result {
  if (size > maskedBytesMax) {
    throw new MaskingFailed(`The message is larger than ${maskedBytesMax} bytes; ask the server for less at once.`);
  }
  try {
    return mask();
  } catch (error) {
    if (error instanceof MaskingFailed) throw error;
    if (error instanceof SecretInProtectedField) {
      throw new MaskingFailed(
        `A secret stands in ${error.message}, which must not be altered; remove it at its source.`,
      );
    }
    if (error instanceof BodyRefused) throw new MaskingFailed(error.message);
    if (error instanceof BudgetExceeded) {
      throw new MaskingFailed(`Masking would take too long (${error.message}); ask the server for less at once.`);
    }
    const reason = error instanceof Error ? error.constructor.name : 'unknown';
    throw new MaskingFailed(`Masking ended in an error (${reason}); report the kind of message, not its content.`);
  }
}
