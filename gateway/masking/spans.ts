/** A stretch of text to mask. Offsets are UTF-16 units, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly entity: string;
  readonly rule: string;
  readonly priority: number;
}

/**
 * Sorts and unites overlapping spans, so that nothing any rule found stays readable; the span of the highest
 * priority (then the longest) names the union.
 */
export function uniteSpans(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  const united: Span[] = [];
  let current: Span | undefined;
  let named: Span | undefined;
  for (const span of sorted) {
    if (current === undefined || named === undefined || span.start >= current.end) {
      if (current !== undefined) united.push(current);
      current = span;
      named = span;
      continue;
    }
    if (outranks(span, named)) named = span;
    const end = Math.max(current.end, span.end);
    current = { ...named, start: current.start, end };
  }
  if (current !== undefined) united.push(current);
  return united;
}

function outranks(a: Span, b: Span): boolean {
  return a.priority === b.priority ? a.end - a.start > b.end - b.start : a.priority > b.priority;
}

/** A detector that is code and not a pattern. `open` gets one text and answers what to do at each anchor. */
export interface Finder {
  readonly id: string;
  readonly anchors: readonly string[];
  open(text: string, add: (span: Span) => void): (start: number, end: number) => void;
}

const markerStart = '[REDACTED:';
const marker = /^\[REDACTED:[a-z0-9_]{1,40}\]$/;

/** Only a whole, exact marker is exempt; anything written around one is not. */
export function isMarker(text: string): boolean {
  return marker.test(text);
}

/** Whether a word is the entity that a marker names. */
export function insideMarker(text: string, start: number, end: number): boolean {
  return text[end] === ']' && text.startsWith(markerStart, start - markerStart.length);
}

export function markerOf(entity: string): string {
  return `${markerStart}${entity}]`;
}
