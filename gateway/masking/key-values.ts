import { BudgetExceeded } from './budget.ts';
import { priorities } from './rules/rule.ts';
import { judgeName, nameAnchors, type NameStrength } from './secret-names.ts';
import { looksSecret } from './secret-values.ts';
import { insideMarker, type Finder, type Span } from './spans.ts';

const nameUnitsMax = 60;
/** Ordinary text reads each unit as a rejected value about once; only nested names in one long run read it more often. */
const rejectedFreeUnits = 1_000_000;
const rejectedPerUnit = 8;
const separator =
  /(?:\\?["'`]|\]|\)){0,3}[ \t]{0,8}(?:(?::?[ \t]?(?:string|str|String)[ \t]?=)|:=|=>|->|={1,3}|:{1,3}=?|\?=|\|{2}=?|<-|>|[(,][ \t]{0,4}(?=\\?["'`])|[|][ \t]?|(?:is|was)[ \t]?[:=]?(?=[ \t])|\n[ \t-]{1,20}value:|[ \t]{1,4}value[ \t]?=)[ \t]{0,8}(?:\n[ \t]{1,12})?/y;
/** `'pass' | 'fail'`: alternatives of a type, and no table. */
const literalUnion = /^\\?["'`][ \t]*\|[^|]*$/;
const optionGap = /[ \t]{1,4}(?=["']?[^\s"'=:-])/y;
const scheme = /(?:bearer|basic|token|apikey|digest|negotiate|bot)[ \t]{1,4}/iy;
const quote = /(?:[brufLR@$]{0,2})(\\?["'`]{1})/y;
const quotedBody: Readonly<Record<string, RegExp>> = {
  '"': /(?:[^"\\\n]|\\[^\n]){0,600}(?=")/y,
  "'": /(?:[^'\\\n]|\\[^\n]){0,600}(?=')/y,
  '`': /(?:[^`\\\n]|\\[^\n]){0,600}(?=`)/y,
  '\\"': /[^"\\\n]{0,600}(?=\\")/y,
  "\\'": /[^'\\\n]{0,600}(?=\\')/y,
  '\\`': /[^`\\\n]{0,600}(?=\\`)/y,
};
const bareBody = /(?:\[REDACTED:[a-z0-9_]{1,40}\]|[^\s"'`,;<>(){}[\]|&\\]){1,600}/y;

/** Assignments, fields, headers, options and sentences in running text whose name says that the value is a secret. */
export const keyValueFinder: Finder = {
  id: 'key_value',
  anchors: nameAnchors,
  open(text, add) {
    const strengths = new Map<string, NameStrength | undefined>();
    let done = 0;
    let rejectedUnits = 0;
    const rejectedUnitsMax = rejectedFreeUnits + text.length * rejectedPerUnit;
    return (start, end) => {
      if (start < done) return;
      const name = nameAround(text, start, end);
      done = name.end;
      if (insideMarker(text, name.start, name.end)) return;
      const written = text.slice(name.start, name.end);
      if (!strengths.has(written)) strengths.set(written, judgeName(written));
      const strength = strengths.get(written);
      if (strength === undefined) return;
      const value = valueAfter(text, name);
      if (value === undefined || value.start === value.end) return;
      if (!judged(text, value, strength, written)) {
        rejectedUnits += value.end - value.start;
        if (rejectedUnits > rejectedUnitsMax)
          throw new BudgetExceeded('names of secrets overlap too often in one text');
        return;
      }
      done = value.end;
      add(spanOf(value, strength));
    };
  },
};

interface Range {
  readonly start: number;
  readonly end: number;
}
interface Value extends Range {
  readonly setting: 'quoted' | 'listed' | 'bare';
}

function nameAround(text: string, start: number, end: number): Range {
  let from = start;
  while (from > 0 && start - from < nameUnitsMax && isNameUnit(text.charCodeAt(from - 1))) from--;
  if (from < start && from > 0 && text[from - 1] === '\\' && /[nrt]/.test(text[from] ?? '')) from++;
  let to = end;
  while (to < text.length && to - end < nameUnitsMax && isNameUnit(text.charCodeAt(to))) to++;
  while (to > end && text[to - 1] === '-') to--;
  return { start: from, end: to };
}

function isNameUnit(unit: number): boolean {
  const lower = unit | 0x20;
  if ((lower >= 0x61 && lower <= 0x7a) || (unit >= 0x30 && unit <= 0x39)) return true;
  return unit === 0x5f || unit === 0x2d || unit === 0x2e;
}

function valueAfter(text: string, name: Range): Value | undefined {
  let at = stepOver(separator, text, name.end);
  const option = text[name.start] === '-' && text[name.start + 1] === '-';
  if (at === name.end && option) at = stepOver(optionGap, text, name.end);
  if (at === name.end || literalUnion.test(text.slice(name.end, at))) return undefined;
  const listed = /^["'`\\]{0,2}[ \t]{0,8}[(,]/.test(text.slice(name.end, at));
  quote.lastIndex = at;
  const opening = quote.exec(text);
  if (opening !== null) {
    const start = stepOver(scheme, text, at + opening[0].length);
    const body = quotedBody[opening[1] ?? ''];
    if (body !== undefined) {
      body.lastIndex = start;
      const match = body.exec(text);
      if (match !== null) return { start, end: start + match[0].length, setting: listed ? 'listed' : 'quoted' };
    }
    at += opening[0].length;
  }
  const start = stepOver(scheme, text, at);
  let end = stepOver(bareBody, text, start);
  if (text[end] === '(') return undefined;
  // What ends a sentence is no part of the value.
  if (/^\s?$/.test(text.charAt(end))) while (end > start && /[.:!?]/.test(text[end - 1] ?? '')) end--;
  return { start, end, setting: 'bare' };
}

function stepOver(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

function judged(text: string, value: Value, strength: NameStrength, name: string): boolean {
  const written = text.slice(value.start, value.end);
  if (written.toLowerCase() === name.toLowerCase()) return false;
  return looksSecret(written, strength, value.setting);
}

function spanOf(value: Range, strength: NameStrength): Span {
  const entity = strength === 'password' ? 'password' : 'secret';
  return { start: value.start, end: value.end, entity, rule: `named_${entity}`, priority: priorities.keyed };
}
