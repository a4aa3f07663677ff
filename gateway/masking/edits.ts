/** One replacement in a text. Offsets are UTF-16 units of the text before any replacement. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  readonly entity: string;
  readonly rule: string;
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
