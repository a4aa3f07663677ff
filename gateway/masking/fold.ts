/** Text as a reader sees it, with the way back to the text as written. */
export interface Folded {
  readonly text: string;
  /** Offset in the written text where the unit at an index comes from, and where that source ends. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const mayNeedFolding = /[^ -~\t\r\n]/;
/** From and to: soft hyphen, joiners, zero width, bidirectional controls, variation selectors, BOM, and tags. */
const invisibleRanges: readonly (readonly [number, number])[] = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xe0000, 0xe007f],
];
const escape = 0x1b;
const colourCode = /\[[0-9;]{0,20}m/y;

/**
 * Removes what cannot be seen and applies NFKC (UAX #15) character by character, so that `ｇｈｐ＿…` or a token with
 * zero-width spaces in it is still found. Undefined when that changes nothing. Look-alike letters are not folded.
 */
export function fold(text: string): Folded | undefined {
  if (!mayNeedFolding.test(text)) return undefined;
  const units: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const seen = new Map<string, string>();
  let changed = false;
  for (let at = 0; at < text.length;) {
    const length = unitLength(text, at);
    const written = text.slice(at, at + length);
    const read = readingOf(written, seen);
    if (read !== written) changed = true;
    for (let i = 0; i < read.length; i++) {
      units.push(read.charAt(i));
      starts.push(at);
      ends.push(at + length);
    }
    at += length;
  }
  return changed ? { text: units.join(''), starts, ends } : undefined;
}

/** Length of a colour code, or of a character. */
function unitLength(text: string, at: number): number {
  if (text.charCodeAt(at) === escape) {
    colourCode.lastIndex = at + 1;
    return 1 + (colourCode.exec(text)?.[0].length ?? 0);
  }
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function readingOf(written: string, seen: Map<string, string>): string {
  if (written.length > 1 && written.charCodeAt(0) === escape) return '';
  if (written.charCodeAt(0) < 0x80) return written;
  let read = seen.get(written);
  if (read === undefined) {
    read = isInvisible(written.codePointAt(0) ?? 0) ? '' : written.normalize('NFKC');
    seen.set(written, read);
  }
  return read;
}

function isInvisible(point: number): boolean {
  return invisibleRanges.some(([from, to]) => point >= from && point <= to);
}
