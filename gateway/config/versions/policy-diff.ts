import type { Json } from '../../../workflows/contract/call.ts';
import { canonicalText } from '../../../workflows/evidence/canonical.ts';
import { cutText } from '../../cut-text.ts';
import { isJsonObject } from '../../receive/is-object.ts';

/** What differs between two versions of the policy, in one rule, group, connection or section. */
export interface PolicyChange {
  /** `rule no-drops`, `approvers sre`, `connection ops`, `defaults`, `parsers`, … */
  readonly what: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly fields: readonly FieldChange[];
  /** So many more fields differ. */
  readonly moreFields?: number;
}

/** A field by its path, joined by dots: its JSON before and after, or which items of a list of texts came and went. */
export interface FieldChange {
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
  readonly gone?: readonly string[];
  readonly come?: readonly string[];
}

/** What fits into an entry of the ledger. */
export interface BoundedDiff {
  readonly changes: readonly PolicyChange[];
  /** So many changes more are not listed; the documents of both versions have them. */
  readonly leftOut: number;
}

const fieldsMax = 12;
const itemsMax = 12;
const charsMax = 160;
const boundedBytesMax = 8 * 1024;
/** For the brackets around the changes. */
const frameBytes = 64;

type Items = ReadonlyMap<string, Json>;

/** PURE. Both documents are canonical JSON as `policyDocument` writes it. Empty when they are the same. */
export function diffPolicies(before: string, after: string): PolicyChange[] {
  const [old, young] = [itemsOf(before), itemsOf(after)];
  return [...new Set([...old.keys(), ...young.keys()])].toSorted(byWeight).flatMap((what): PolicyChange[] => {
    const [from, to] = [old.get(what), young.get(what)];
    const fields = diffFields(from, to);
    if (from !== undefined && to !== undefined) return fields.length === 0 ? [] : [{ what, change: 'changed', fields }];
    return [{ what, change: from === undefined ? 'added' : 'removed', fields }];
  });
}

/** Rules first, since a long list is cut off at its end. */
function byWeight(a: string, b: string): number {
  const [ruleA, ruleB] = [a.startsWith('rule '), b.startsWith('rule ')];
  if (ruleA !== ruleB) return ruleA ? -1 : 1;
  return a < b ? -1 : 1;
}

/** PURE. Less than 8 KB as JSON: long values, fields and changes beyond are cut off, and it says so. */
export function boundDiff(changes: readonly PolicyChange[]): BoundedDiff {
  const kept: PolicyChange[] = [];
  let bytes = frameBytes;
  for (const change of changes.map(boundChange)) {
    bytes += Buffer.byteLength(JSON.stringify(change)) + 1;
    if (bytes > boundedBytesMax) break;
    kept.push(change);
  }
  return { changes: kept, leftOut: changes.length - kept.length };
}

/** Sections of named things, and what one of them is called. */
const kinds: Readonly<Record<string, string>> = {
  approvers: 'approvers',
  connections: 'connection',
  dataClasses: 'data class',
  limits: 'limit',
  purposes: 'purpose',
  rules: 'rule',
};

/** What has a name of its own in a document is told by it. */
function itemsOf(document: string): Items {
  const items = new Map<string, Json>();
  for (const [section, value] of Object.entries(JSON.parse(document) as Record<string, Json>)) {
    const kind = Object.hasOwn(kinds, section) ? kinds[section] : undefined;
    const named = kind === undefined ? undefined : namedItems(value);
    if (named === undefined) items.set(section, value);
    else for (const [name, item] of named) items.set(`${kind} ${name}`, item);
  }
  return items;
}

/** Of a map, its members; of a list, what has an id in it. Undefined: neither. */
function namedItems(value: Json): [string, Json][] | undefined {
  if (isJsonObject(value)) return Object.entries(value);
  if (!Array.isArray(value)) return undefined;
  const items = (value as readonly Json[]).map((item): [string, Json] | undefined => {
    if (!isJsonObject(item) || typeof item['id'] !== 'string') return undefined;
    const { id, ...rest } = item;
    return [id, rest];
  });
  return items.every((item) => item !== undefined) ? items : undefined;
}

function diffFields(before: Json | undefined, after: Json | undefined, path = ''): FieldChange[] {
  if (isJsonObject(before ?? {}) && isJsonObject(after ?? {}) && (isJsonObject(before) || isJsonObject(after))) {
    const [old, young] = [before ?? {}, after ?? {}] as [Record<string, Json>, Record<string, Json>];
    return [...new Set([...Object.keys(old), ...Object.keys(young)])].flatMap((key) =>
      diffFields(old[key], young[key], path === '' ? key : `${path}.${key}`),
    );
  }
  const [from, to] = [textOf(before), textOf(after)];
  if (from === to) return [];
  if (isTexts(before) && isTexts(after)) {
    const gone = before.filter((item) => !after.includes(item));
    const come = after.filter((item) => !before.includes(item));
    if (gone.length + come.length > 0) return [{ field: path, gone, come }];
  }
  return [{ field: path, ...(from === undefined ? {} : { before: from }), ...(to === undefined ? {} : { after: to }) }];
}

function boundChange({ what, change, fields }: PolicyChange): PolicyChange {
  const more = fields.length - fieldsMax;
  const kept = fields.slice(0, fieldsMax).map((field) => ({
    field: cut(field.field),
    ...(field.before === undefined ? {} : { before: cut(field.before) }),
    ...(field.after === undefined ? {} : { after: cut(field.after) }),
    ...(field.gone === undefined ? {} : { gone: cutList(field.gone) }),
    ...(field.come === undefined ? {} : { come: cutList(field.come) }),
  }));
  return { what: cut(what), change, fields: kept, ...(more > 0 ? { moreFields: more } : {}) };
}

function cutList(items: readonly string[]): readonly string[] {
  const more = items.length - itemsMax;
  const kept = items.slice(0, itemsMax).map(cut);
  return more > 0 ? [...kept, `… and ${more} more`] : kept;
}

function cut(text: string): string {
  return cutText(text, charsMax);
}

function textOf(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : canonicalText(value);
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
