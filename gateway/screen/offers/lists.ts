import {
  readItems,
  readMembers,
  startOfValue,
  TwoMembers,
  type MemberSpan,
  type Span,
} from '../../masking/json-spans.ts';
import { ScreeningFailed } from '../screening-failed.ts';
import { isObject } from '../../receive/is-object.ts';

/** What a server offers: the result members that hold a list, and how what is listed is called. */
const lists = {
  tools: { method: 'tools/call', names: 'name' },
  prompts: { method: 'prompts/get', names: 'name' },
  resources: { method: 'resources/read', names: 'uri' },
  resourceTemplates: { method: 'resources/read', names: 'uriTemplate' },
} as const;

export type ListKind = keyof typeof lists;
const kinds = Object.keys(lists) as ListKind[];

/** One thing on a list. `name` is a tool's or prompt's name, a resource's address or its template. */
export interface ListItem extends Span {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly members: readonly MemberSpan[];
}

export interface OfferedList {
  readonly kind: ListKind;
  /** The method by which something on this list is called, got or read. */
  readonly method: (typeof lists)[ListKind]['method'];
  readonly span: Span;
  /** What has no name is nobody's to call, and not among them; `all` has every place. */
  readonly items: readonly ListItem[];
  readonly all: readonly Span[];
}

/** An answer that offers something, and where its parts stand in the text. */
export interface Offer {
  readonly result: Span;
  readonly members: readonly MemberSpan[];
  readonly lists: readonly OfferedList[];
}

/**
 * PURE. Reads the lists of an answer, whatever request it answers. Undefined when it offers nothing. Throws
 * ScreeningFailed when two readers could read it differently: then nobody can say what would be shown.
 */
export function readOffer(text: string): Offer | undefined {
  const message = parse(text);
  if (Array.isArray(message) && message.some((each) => offersOf(each) !== undefined)) {
    throw new ScreeningFailed('the list cannot be read with certainty: it comes in a batch');
  }
  const result = offersOf(message);
  if (result === undefined) return undefined;
  try {
    const place = readMembers(text, startOfValue(text)).find(({ key }) => key === 'result');
    if (place === undefined) return undefined;
    const members = readMembers(text, place.start);
    const offered = members.flatMap((member) =>
      isListKind(member.key) && Array.isArray(result[member.key]) ? [readList(text, member.key, member)] : [],
    );
    return { result: place, members, lists: offered };
  } catch (error) {
    if (error instanceof TwoMembers)
      throw new ScreeningFailed(`the list cannot be read with certainty: ${error.message}`);
    throw error;
  }
}

/** The result of a message, when it holds a list. */
function offersOf(message: unknown): Record<string, unknown> | undefined {
  const result = isObject(message) ? message['result'] : undefined;
  return isObject(result) && kinds.some((kind) => Array.isArray(result[kind])) ? result : undefined;
}

function readList(text: string, kind: ListKind, span: Span): OfferedList {
  const all = readItems(text, span.start);
  const { method, names } = lists[kind];
  const items = all.flatMap(({ start, end }) => {
    const value: unknown = JSON.parse(text.slice(start, end));
    const name = isObject(value) ? value[names] : undefined;
    if (!isObject(value) || typeof name !== 'string') return [];
    return [{ start, end, name, value, members: readMembers(text, start) }];
  });
  return { kind, method, span, items, all };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isListKind(key: string): key is ListKind {
  return Object.hasOwn(lists, key);
}
