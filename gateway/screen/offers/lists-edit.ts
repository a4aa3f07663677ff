import type { MemberSpan, Span } from '../../masking/json-spans.ts';
import type { ListItem } from './lists.ts';

/** A replacement in a text; `start` equals `end` where something is put in. */
export interface TextEdit extends Span {
  readonly replacement: string;
}

/** Clients and caches keep a list that was made for one caller no longer than this. */
const listTtlMsMax = 10_000;

/** PURE. Applies edits, in any order, that do not overlap. Every other unit of the text stays as it was. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, replacement } of [...edits].sort((a, b) => a.start - b.start)) {
    parts.push(text.slice(done, start), replacement);
    done = end;
  }
  parts.push(text.slice(done));
  return parts.join('');
}

/** PURE. Cuts items out of an array with the comma of each, and leaves the others in their order. */
export function cutItems(all: readonly Span[], isCut: (item: Span) => boolean): TextEdit[] {
  const edits: TextEdit[] = [];
  let kept = false;
  all.forEach((item, index) => {
    if (!isCut(item)) {
      kept = true;
      return;
    }
    const before = all[index - 1];
    const after = all[index + 1];
    const start = kept && before !== undefined ? before.end : item.start;
    const end = !kept && after !== undefined ? after.start : item.end;
    edits.push({ start, end, replacement: '' });
  });
  return edits;
}

/** PURE. Adds a sentence (plain ASCII without quotes) to the description of an item that has a name. */
export function describeItem({ members, value }: ListItem, sentence: string): TextEdit[] {
  const description = members.find(({ key }) => key === 'description');
  if (description === undefined) {
    const name = members.find(({ key }) => key === 'name');
    return name === undefined ? [] : [insertAt(name.end, `,"description":${JSON.stringify(sentence)}`)];
  }
  const text = value['description'];
  if (typeof text !== 'string') return [{ ...spanOf(description), replacement: JSON.stringify(sentence) }];
  return [insertAt(description.end - 1, text === '' ? sentence : ` ${sentence}`)];
}

/** PURE. Makes a modern result one that no shared cache keeps, and no client for long (MCP 2026-07-28, caching). */
export function restrictCaching(text: string, result: Span, members: readonly MemberSpan[]): TextEdit[] {
  const scope = members.find(({ key }) => key === 'cacheScope');
  const ttl = members.find(({ key }) => key === 'ttlMs');
  const ttlMs = ttl === undefined ? undefined : (JSON.parse(text.slice(ttl.start, ttl.end)) as unknown);
  const edits: TextEdit[] = [];
  const missing: string[] = [];
  if (scope === undefined) missing.push('"cacheScope":"private"');
  else if (text.slice(scope.start, scope.end) !== '"private"')
    edits.push({ ...spanOf(scope), replacement: '"private"' });
  if (ttl === undefined) missing.push(`"ttlMs":${listTtlMsMax}`);
  else if (typeof ttlMs !== 'number' || !(ttlMs <= listTtlMsMax)) {
    edits.push({ ...spanOf(ttl), replacement: String(listTtlMsMax) });
  }
  if (missing.length > 0)
    edits.push(insertAt(result.start + 1, `${missing.join(',')}${members.length > 0 ? ',' : ''}`));
  return edits;
}

/** PURE. Puts something in. */
export function insertAt(place: number, replacement: string): TextEdit {
  return { start: place, end: place, replacement };
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}
