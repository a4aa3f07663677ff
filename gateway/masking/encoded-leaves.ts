import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Detector } from './detector.ts';
import { applyEdits, type Edit } from './edits.ts';
import { isTextType, readBase64, readText, typeName, writeBase64 } from './encoded-body.ts';
import { pointerOf, type Path } from './json-path.ts';

/** A larger image, recording or other binary is withheld. */
export const binaryBytesMax = 8 * 1024 * 1024;
/** Base64 of this length may as well be a token in plain view; a longer token has units that base64 has not. */
const plainTokenUnitsMax = 512;
const mediaTypeUnitsMax = 64;

/** A body that passes as it came, because no text can be read in it. */
export interface Binary {
  /** JSON pointer (RFC 6901) of the base64 in the masked message. */
  readonly pointer: string;
  /** As declared, without parameters; `unknown` when it is none. */
  readonly mediaType: string;
  /** Decoded. */
  readonly bytes: number;
  /** Of the decoded bytes, hex. */
  readonly sha256: string;
}

/** A body that must not pass. Its text is a sentence for the record and never quotes the body. */
export class BodyRefused extends Error {}

export interface EncodedLeaf {
  readonly written: string;
  /** As declared, '' for none. */
  readonly mediaType: string;
  readonly path: Path;
}

/**
 * What becomes of a string that its object declares to be base64. Bytes that are text are masked as text, whatever the
 * declared type; other bytes pass untouched and are described in `binaries`. Undefined: this is no base64, to be read
 * like any other string. Throws BodyRefused.
 */
export function editsOfEncoded(
  detector: Detector,
  { written, mediaType, path }: EncodedLeaf,
  editsOf: (text: string) => Edit[],
  binaries: Binary[],
): Edit[] | undefined {
  const bytes = readBase64(written);
  if (bytes === undefined) {
    refuseUnreadable(Buffer.from(written, 'base64'), { written, mediaType, path }, editsOf);
    return undefined;
  }
  if (written.length <= plainTokenUnitsMax && isPlainToken(detector, written)) return undefined;
  const text = readText(bytes, mediaType, isUtf8(bytes));
  const edits = text === undefined ? [] : editsOf(text.text);
  const [first] = edits;
  if (text !== undefined && first !== undefined) {
    const replacement = writeBase64(text.encode(applyEdits(text.text, edits)), written);
    const { entity, rule } = first;
    return [{ start: 0, end: written.length, replacement, entity, rule, within: edits }];
  }
  if (isTextType(mediaType)) {
    if (text === undefined) throw new BodyRefused(unreadable(path));
    return [];
  }
  if (text === undefined) refuseBinary(detector, bytes, path);
  binaries.push({
    pointer: pointerOf(path),
    mediaType: publicType(detector, mediaType),
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  return [];
}

/** Many decoders skip what is no base64, and may find a text where a strict one finds nothing. */
function refuseUnreadable(bytes: Buffer, { mediaType, path }: EncodedLeaf, editsOf: (text: string) => Edit[]): void {
  if (isTextType(mediaType)) throw new BodyRefused(unreadable(path));
  const text = readText(bytes, mediaType, isUtf8(bytes));
  if (text !== undefined && editsOf(text.text).length > 0) throw new BodyRefused(unreadable(path));
}

function unreadable(path: Path): string {
  return `The body at ${pointerOf(path)} is declared as text and cannot be read; ask the server for UTF-8 in base64.`;
}

/** Whether a whole line is a secret, which no encoding is by chance. */
function isPlainToken(detector: Detector, written: string): boolean {
  const isEdge = (at: number): boolean => !/[^\r\n]/.test(written.charAt(at));
  return detector.detect(written).some(({ start, end }) => isEdge(start - 1) && isEdge(end));
}

function refuseBinary(detector: Detector, bytes: Buffer, path: Path): void {
  if (bytes.length > binaryBytesMax) {
    throw new BodyRefused(
      `The binary at ${pointerOf(path)} is larger than ${binaryBytesMax} bytes; ask the server for less at once.`,
    );
  }
  if (detector.holdsKnown(bytes)) {
    throw new BodyRefused(`A known secret stands in the binary at ${pointerOf(path)}; remove it at its source.`);
  }
}

/** What is declared goes into the record in clear. */
function publicType(detector: Detector, mediaType: string): string {
  const name = typeName(mediaType);
  if (name.length > mediaTypeUnitsMax || !/^[\w.+-]+\/[\w.+-]+$/.test(name)) return 'unknown';
  return detector.detect(name).length === 0 ? name : 'unknown';
}
