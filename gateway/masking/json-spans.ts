import { stringEnd } from './json-leaves.ts';

/** Where a value stands in a JSON text; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of an object: its decoded key, and where its value stands. */
export interface MemberSpan extends Span {
  readonly key: string;
  /** Where the key's opening quote stands. */
  readonly from: number;
}

/** Two members of one name: readers differ on which of them counts. */
export class TwoMembers extends Error {}

/**
 * The members of the object that begins at `start`, in order. The text must be one that JSON.parse has accepted: the
 * syntax is not checked again. Throws TwoMembers.
 */
export function readMembers(text: string, start: number): MemberSpan[] {
  const members: MemberSpan[] = [];
  const keys = new Set<string>();
  for (let at = skipSpace(text, start + 1); text[at] === '"';) {
    const keyEnd = endOfValue(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    if (keys.has(key)) throw new TwoMembers(`it has two members of one name`);
    keys.add(key);
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, value);
    members.push({ key, from: at, start: value, end });
    at = afterComma(text, end);
  }
  return members;
}

/** The items of the array that begins at `start`, in order; see {@link readMembers}. */
export function readItems(text: string, start: number): Span[] {
  const items: Span[] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] !== ']' && at < text.length) {
    const end = endOfValue(text, at);
    items.push({ start: at, end });
    at = afterComma(text, end);
  }
  return items;
}

/** Where the first value of a text begins. */
export function startOfValue(text: string): number {
  return skipSpace(text, 0);
}

function afterComma(text: string, end: number): number {
  const at = skipSpace(text, end);
  return text[at] === ',' ? skipSpace(text, at + 1) : at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) break;
  }
  return at;
}

/** Strings are stepped over, brackets counted; anything else ends at the next sign of punctuation. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      at = stringEnd(text, at) - 1;
      if (depth === 0) return at + 1;
    } else if (unit === 0x7b || unit === 0x5b) {
      depth += 1;
    } else if (unit === 0x7d || unit === 0x5d) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (unit === 0x2c || unit <= 0x20)) {
      return at;
    }
  }
  return text.length;
}
