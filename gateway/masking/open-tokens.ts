import { priorities, type Rule } from './rules/rule.ts';
import type { Span } from './spans.ts';
import { entropy } from './validators.ts';

/** So long may the part of a token be that stands at a text's end. */
export const openTokenUnitsMax = 2048;
const anchorUnitsMin = 3;
/** Fewer units behind the prefix are no proof of a token, and of no use to anyone. */
const openUnitsMin = 8;
const openEntropyBits = 2.5;
const tokenUnits = Uint8Array.from({ length: 128 }, (_, unit) =>
  /[\w.+/=~%-]/.test(String.fromCharCode(unit)) ? 1 : 0,
);

/**
 * Finds the beginning of a token at the end of a text: known prefix, then something random up to the last unit. A whole
 * token is what the rules find; this is what is left when a server cuts one between two messages.
 */
export function openTokenFinder(rules: readonly Rule[]): (text: string) => Span | undefined {
  const byAnchor = new Map<string, Rule>();
  for (const rule of rules) {
    if (rule.priority < priorities.prefixed || rule.context === true || rule.before !== undefined) continue;
    for (const anchor of rule.anchors) if (isTelling(anchor)) byAnchor.set(anchor, rule);
  }
  const words = [...byAnchor.keys()].map((anchor) => anchor.replaceAll(/[$.*+?^(){}|[\]\\/]/g, String.raw`\$&`));
  const open = new RegExp(`(?<![A-Za-z0-9_])(${words.join('|')})([\\w.+/=~%-]{${openUnitsMin},})$`);
  return (text) => {
    const from = startOfRun(text);
    if (text.length - from <= openUnitsMin) return undefined;
    const match = open.exec(text.slice(from));
    const [, anchor = '', rest = ''] = match ?? [];
    const rule = byAnchor.get(anchor);
    if (match === null || rule === undefined || !/\d/.test(rest) || entropy(rest) < openEntropyBits) return undefined;
    const { id, entity, priority } = rule;
    return { start: from + match.index, end: text.length, entity, rule: id, priority };
  };
}

/** Where the units begin that the text ends in and that may all belong to one token, with the unit before them. */
function startOfRun(text: string): number {
  const least = Math.max(0, text.length - openTokenUnitsMax);
  let at = text.length;
  while (at > least && tokenUnits[text.charCodeAt(at - 1)] === 1) at--;
  return at === text.length ? at : Math.max(0, at - 1);
}

/** Short words of letters begin many words of a language. */
function isTelling(anchor: string): boolean {
  return anchor.length > anchorUnitsMin || (anchor.length === anchorUnitsMin && !/^[a-z]+-?$/.test(anchor));
}
