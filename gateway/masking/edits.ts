import type { Path } from './json-path.ts';

/** One replacement in a text. Offsets are UTF-16 units of the text before any replacement. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  readonly entity: string;
  readonly rule: string;
  /** What was replaced within, where the leaf is base64 and had to be encoded anew as a whole. */
  readonly within?: readonly Edit[];
}

/** An edit of a JSON text, and where its replacement stands in the masked leaf. */
export interface LeafEdit extends Edit {
  readonly path: Path;
  readonly offset: number;
}

/** Applies edits that are in order and do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, replacement } of edits) {
    parts.push(text.slice(done, start), replacement);
    done = end;
  }
  parts.push(text.slice(done));
  return parts.join('');
}

/** Where each edit's replacement stands once all are applied. */
export function offsetsAfter(edits: readonly Edit[]): number[] {
  let shift = 0;
  return edits.map(({ start, end, replacement }) => {
    const offset = start + shift;
    shift += replacement.length - (end - start);
    return offset;
  });
}

/** Puts edits of one text in order; those that overlap become one, with the marker of the first. */
export function uniteEdits(edits: readonly Edit[]): Edit[] {
  const united: Edit[] = [];
  for (const edit of [...edits].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = united.at(-1);
    if (last === undefined || edit.start >= last.end) united.push(edit);
    else if (edit.end > last.end) united[united.length - 1] = { ...last, end: edit.end };
  }
  return united;
}
