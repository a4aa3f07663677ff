/** Text as a reader sees it, with the way back to the text as written. */
export interface Folded {
  readonly text: string;
  /** Offset in the written text where the unit at an index comes from, and where that source ends. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const mayNeedFolding = /[^\x00-\x7f]|\u001b\[/;
/** Soft hyphen, combining joiner, zero width, bidirectional controls, variation selectors, BOM, and tag characters. */
const invisible =
  /^[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u{e0000}-\u{e007f}]$/u;
const colourCode = /\u001b\[[0-9;]{0,20}m/y;

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
  if (text.charCodeAt(at) === 0x1b) {
    colourCode.lastIndex = at;
    return colourCode.exec(text)?.[0].length ?? 1;
  }
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function readingOf(written: string, seen: Map<string, string>): string {
  if (written.length === 1 && written.charCodeAt(0) < 0x80) return written;
  if (written.length > 1 && written.startsWith('\u001b')) return '';
  let read = seen.get(written);
  if (read === undefined) {
    read = invisible.test(written) ? '' : written.normalize('NFKC');
    seen.set(written, read);
  }
  return read;
}
