import { priorities } from './rules/rule.ts';
import type { Span } from './spans.ts';
import { cardNumber, cpf, iban, ibanLength, socialSecurityNumber } from './validators.ts';

const anyDigit = /[0-9]/g;
const runUnitsMax = 48;
const contextUnits = 48;
const markerTail = /(?:^|\[)[A-Z]{0,8}:?[a-z0-9_]{0,40}\]/g;
const socialSecurityWords = /\b(?:ssn|social[ _-]?security|soc[ _-]?sec|ss#|tin|itin|tax[ _-]?id)\b/i;
const cpfWords = /\bcpf\b/i;
const phoneWords = /(?:\b(?:phone|tel|telephone|telefone|mobile|cellphone|cell|fax|whatsapp|sms)\b|☎|📞)/i;
/** Everyday words, which count only right before a number in groups. */
const phoneVerbs = /\b(?:call|called|calling|dial|text|contact|reach|ring|number is)\b[^\d\n]{0,12}$/i;
const addressWords = /\b(?:ip|ipv4|ip[ _-]?addr(?:ess)?)\b[^\d\n]{0,12}$/i;
const versionWords = /(?:\bv|version[ :=]{0,3}|section |§ ?|@|-|\/v?)$/i;

interface Group {
  readonly digits: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Cards, national numbers, telephone numbers and public IPv4 addresses: everything that is digits in groups.
 * `topic` is what is known of the whole text, such as the name of its field.
 */
export function findNumbers(text: string, topic: string, add: (span: Span) => void): void {
  for (let at = nextDigit(text, 0); at < text.length; at = nextDigit(text, at + 1)) {
    if (isWord(text.charCodeAt(at - 1)) && text[at - 2] !== '\\') {
      const account = ibanEnd(text, at - 2);
      if (account !== undefined) {
        add({ start: at - 2, end: account, entity: 'iban', rule: 'iban', priority: priorities.validated });
        at = account - 1;
      }
      while (isDigit(text.charCodeAt(at + 1))) at++;
      continue;
    }
    const groups = readGroups(text, at);
    const last = groups.at(-1);
    if (last === undefined) continue;
    if (last.end - at >= 7 && standsAlone(text, at, last.end)) judgeGroups(text, groups, topic, add);
    at = last.end;
  }
}

/** Compiled code looks faster than ours does, unit by unit. The end of the text when there is none. */
function nextDigit(text: string, from: number): number {
  anyDigit.lastIndex = from;
  return anyDigit.test(text) ? anyDigit.lastIndex - 1 : text.length;
}

/** Where the IBAN that starts here ends; it may be written in groups. */
function ibanEnd(text: string, start: number): number | undefined {
  if (start < 0 || isWord(text.charCodeAt(start - 1))) return undefined;
  const length = ibanLength(text.slice(start, start + 2));
  if (length === undefined) return undefined;
  let end = start;
  for (let characters = 0; characters < length; end++) {
    const unit = text.charCodeAt(end);
    if (isWord(unit) && unit !== 0x5f) characters++;
    else if (unit !== 0x20 && unit !== 0x2d) return undefined;
  }
  return isWord(text.charCodeAt(end)) || !iban(text.slice(start, end)) ? undefined : end;
}

function isWord(unit: number): boolean {
  const lower = unit | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || isDigit(unit) || unit === 0x5f;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** Reads digits with at most two separators between groups, as people write numbers. */
function readGroups(text: string, from: number): Group[] {
  const groups: Group[] = [];
  let at = from;
  while (at < text.length) {
    const start = at;
    while (at < text.length && isDigit(text.charCodeAt(at))) at++;
    groups.push({ digits: text.slice(start, Math.min(at, start + runUnitsMax)), start, end: at });
    if (at - from > runUnitsMax) break;
    const gap = /^(?:[ .\-/]|\) ?|\)-| \(|-\(| - )(?=\d)/.exec(text.slice(at, at + 4))?.[0].length ?? 0;
    if (gap === 0) break;
    at += gap;
  }
  return groups;
}

function standsAlone(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  if (/[A-Za-z0-9_#]$/.test(before) && !/\\[nrt]$/.test(before)) return false;
  if (/[\w%][-.]$|[$€£]$/.test(before)) return false;
  return !/^(?:[A-Za-z_%]|[-.]\w)/.test(text.slice(end, end + 2)) || /^x\d/.test(text.slice(end, end + 2));
}

function judgeGroups(text: string, groups: readonly Group[], topic: string, add: (span: Span) => void): void {
  const first = groups[0];
  const last = groups.at(-1);
  if (first === undefined || last === undefined) return;
  const before = contextBefore(text, first.start);
  const context = `${topic} ${before}`;
  if (addCard(groups, add)) return;
  const span = { start: first.start, end: last.end };
  const written = text.slice(span.start, span.end);
  const digits = groups.map((group) => group.digits).join('');
  if (
    /^(?:\d{3}-\d\d-\d{4}|\d{3} \d\d \d{4})$/.test(written) ||
    (digits.length === 9 && socialSecurityWords.test(context))
  ) {
    if (socialSecurityNumber(digits))
      return add({ ...span, entity: 'us_ssn', rule: 'us_ssn', priority: priorities.validated });
  }
  if (/^\d{3}\.\d{3}\.\d{3}-\d\d$/.test(written) || (digits.length === 11 && cpfWords.test(context))) {
    if (cpf(digits)) return add({ ...span, entity: 'br_cpf', rule: 'br_cpf', priority: priorities.validated });
  }
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(written)) {
    if (isAddress(groups, context)) add({ ...span, entity: 'ip_address', rule: 'ipv4', priority: priorities.contact });
    return;
  }
  const phone = phoneStart(text, written, digits, first.start, topic, before);
  if (phone !== undefined)
    add({ start: phone, end: last.end, entity: 'phone', rule: 'phone', priority: priorities.contact });
}

/**
 * The words before a number, back to a marker, whole or cut by the window: its entity is no word of the text, and what
 * was too far away before masking must not come near by it.
 */
function contextBefore(text: string, at: number): string {
  const window = text.slice(Math.max(0, at - contextUnits), at);
  const marker = [...window.matchAll(markerTail)].at(-1);
  return marker === undefined ? window : window.slice(marker.index + marker[0].length);
}

/** A card may be followed by its expiry date or code, so every run of groups is tried. */
function addCard(groups: readonly Group[], add: (span: Span) => void): boolean {
  for (let from = 0; from < Math.min(groups.length, 8); from++) {
    let digits = '';
    for (const group of groups.slice(from, from + 6)) {
      digits += group.digits;
      if (digits.length > 19) break;
      if (digits.length < 13 || group.digits.length < 2 || !cardNumber(digits)) continue;
      const start = groups[from]?.start ?? group.start;
      if (group.end - start > digits.length + 5) continue;
      add({ start, end: group.end, entity: 'credit_card', rule: 'credit_card', priority: priorities.validated });
      return true;
    }
  }
  return false;
}

/** Public, and not written like a version; where the text says "IP" before it, any but the loopback ones. */
function isAddress(groups: readonly Group[], context: string): boolean {
  const parts = groups.map((group) => Number(group.digits));
  const [a = 0, b = 0] = parts;
  if (parts.some((part) => part > 255) || groups.some((group) => /^0\d/.test(group.digits))) return false;
  if (a === 0 || a === 127 || a === 255 || versionWords.test(context)) return false;
  if (addressWords.test(context)) return true;
  if (a === 10 || a >= 224 || parts.every((part) => part < 20)) return false;
  return !((a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254));
}

/** Conservative: an international prefix, the North American layout, or a word such as "call" just before. */
function phoneStart(
  text: string,
  written: string,
  digits: string,
  start: number,
  topic: string,
  before: string,
): number | undefined {
  if (
    digits.length < 7 ||
    digits.length > 15 ||
    /^\d{4}-\d\d-\d\d|^\d{1,2}[/.]\d{1,2}[/.]\d{2,4}$|\d{4}-\d\d-\d\d$/.test(written)
  )
    return undefined;
  const lead = /(\+\(?|\+\d{1,3} ?\(|\(\+?|\b00)$/.exec(before)?.[0] ?? '';
  const from = start - lead.length;
  if (lead.startsWith('+') || lead === '(+') return digits.length >= 8 && spaced(text, from) ? from : undefined;
  const american =
    /^(?:1[-. ])?\(?[2-9]\d\d(?:\) ?|[-. ])\)?[2-9]\d\d[-. ]\d{4}$/.test(written) ||
    (lead === '(' && /^[2-9]\d\d\)[- ]?[2-9]\d\d[-. ]\d{4}$/.test(written));
  if (american) return spaced(text, from) ? from : undefined;
  const announced =
    phoneWords.test(topic) || phoneWords.test(before) || (phoneVerbs.test(before) && /\d[ .-]\d/.test(written));
  return announced && /^[\d ()./-]+$/.test(written) ? from : undefined;
}

function spaced(text: string, start: number): boolean {
  return !/[\w.=/-]/.test(text[start - 1] ?? ' ') || /[=]/.test(text[start - 1] ?? '');
}
