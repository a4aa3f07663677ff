import type { Json } from '../../workflows/contract/call.ts';
import type { KnownCall } from '../call.ts';
import { readMembers, startOfValue, type MemberSpan } from '../masking/json-spans.ts';
import { isObject } from '../receive/is-object.ts';
import { canonicalArguments } from '../receive/receive.ts';
import { scanStrictJson } from '../receive/strict-json.ts';
import { applyTextEdits, cutItems, insertAt, type TextEdit } from '../screen/offers/lists-edit.ts';
import type { ListItem } from '../screen/offers/lists.ts';
import { withMembers } from '../with-members.ts';

/** The argument by which a model says why, where its connection lists one (`purpose: {argument: true}`). */
export const REASON_ARGUMENT = '_reason';

/** Members of a schema under which another property would not be taken, or would mean something else. */
const closingMembers = ['$ref', 'propertyNames', 'maxProperties', 'allOf', 'anyOf', 'oneOf', 'not', 'if'];

/**
 * PURE. Adds the argument to a tool on a list: a required text among its properties, so that
 * `additionalProperties: false` holds as before. A tool that has an argument of this name, or whose schema says more of
 * its properties than their names and forms, stays as it is. All other units of the text stay.
 */
export function askForReason(text: string, { members, value }: ListItem, codes: readonly string[]): TextEdit[] {
  const schema = value['inputSchema'];
  const place = members.find(({ key }) => key === 'inputSchema');
  if (place === undefined || !isObject(schema) || closingMembers.some((key) => Object.hasOwn(schema, key))) return [];
  const { properties = {}, required = [] } = schema;
  if (!isObject(properties) || !Array.isArray(required) || takesReason(schema)) return [];
  const inner = readMembers(text, place.start);
  const property = `"${REASON_ARGUMENT}":${JSON.stringify(argumentSchema(codes))}`;
  const isEmpty = { properties: Object.keys(properties).length === 0, required: required.length === 0 };
  const missing: string[] = [];
  const edits: TextEdit[] = [];
  const add = (key: keyof typeof isEmpty, item: string, whole: string): void => {
    const member = inner.find((each) => each.key === key);
    if (member === undefined) missing.push(`"${key}":${whole}`);
    else edits.push(insertAt(member.end - 1, isEmpty[key] ? item : `,${item}`));
  };
  add('properties', property, `{${property}}`);
  add('required', `"${REASON_ARGUMENT}"`, `["${REASON_ARGUMENT}"]`);
  if (missing.length > 0) edits.push(insertAt(place.end - 1, `${inner.length > 0 ? ',' : ''}${missing.join(',')}`));
  return edits;
}

/** Whether a tool's own schema has an argument of this name, which is then none of ours. */
export function takesReason(inputSchema: unknown): boolean {
  const properties = isObject(inputSchema) ? inputSchema['properties'] : undefined;
  return isObject(properties) && Object.hasOwn(properties, REASON_ARGUMENT);
}

function argumentSchema(codes: readonly string[]): Json {
  const begins = codes.length === 0 ? '' : ` Begin with one of: ${codes.map((code) => `"${code}: "`).join(', ')}.`;
  const description = `Why this is needed, in one sentence. It is recorded and shown to whoever approves.${begins}`;
  return { type: 'string', description };
}

/** A call without the argument, and what the argument said. */
export interface WithoutReason {
  readonly call: KnownCall;
  readonly said: unknown;
}

/**
 * PURE. The call as its server knows it: without the argument, in its bytes, its arguments and all that is derived from
 * them. No other byte changes. `received` keeps the bytes that came.
 */
export function withoutReason(call: KnownCall): WithoutReason {
  const args = isObject(call.params) ? call.params['arguments'] : undefined;
  if (!isObject(args) || !Object.hasOwn(args, REASON_ARGUMENT)) return { call, said: undefined };
  const text = call.raw.toString('utf8');
  const raw = Buffer.from(applyTextEdits(text, cutArgument(text)));
  const scanned = scanStrictJson(raw);
  const { params } = scanned.value as { readonly params: Record<string, Json> };
  const changed = { raw, params: params as Json, canonicalArguments: canonicalArguments(scanned, params['arguments']) };
  const removed = [`/params/arguments/${REASON_ARGUMENT}`];
  return { call: withMembers(call, { ...changed, removed, received: call.raw }), said: args[REASON_ARGUMENT] };
}

function cutArgument(text: string): TextEdit[] {
  const params = memberOf(readMembers(text, startOfValue(text)), 'params');
  const args = memberOf(readMembers(text, params.start), 'arguments');
  const members = readMembers(text, args.start);
  const spans = members.map(({ from, end }) => ({ start: from, end }));
  const { from } = memberOf(members, REASON_ARGUMENT);
  return cutItems(spans, ({ start }) => start === from);
}

/** The bytes were read once already, by a reader that refuses two members of one name. */
function memberOf(members: readonly MemberSpan[], key: string): MemberSpan {
  const found = members.find((member) => member.key === key);
  if (found === undefined) throw new Error(`the message has lost its ${key}`);
  return found;
}
