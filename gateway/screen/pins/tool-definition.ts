import type { Json } from '../../../workflows/contract/call.ts';
import { canonicalDigest, sha256 } from '../../../workflows/evidence/canonical.ts';
import { isObject } from '../../receive/is-object.ts';

/** What of a tool a person accepts: all that tells a model or a program what the tool is. */
const pinnedFields = ['name', 'description', 'title', 'inputSchema', 'outputSchema', 'annotations'] as const;

export type ToolDefinition = Readonly<Record<string, unknown>>;

/** SHA-256 over the canonical JSON of the pinned fields, in hex. `text` is the definition as the server wrote it. */
export function definitionDigest(definition: ToolDefinition, text: string): string {
  try {
    return canonicalDigest(pinnedPart(definition));
  } catch {
    // No I-JSON, such as half a surrogate pair: then every byte counts.
    return sha256(Buffer.from(text)).toString('hex');
  }
}

/** Names of the pinned fields in which two definitions differ, or `masked parts` when that cannot be seen any more. */
export function changedFields(before: string | undefined, after: string): string[] {
  const [old, next] = [parseDefinition(before), parseDefinition(after)];
  if (old === undefined || next === undefined) return [];
  const changed = pinnedFields.filter((field) => digestOf(old, field) !== digestOf(next, field));
  return changed.length === 0 ? ['masked parts'] : changed;
}

/** A definition as it lies in the database. */
export function parseDefinition(text: string | undefined): ToolDefinition | undefined {
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return isObject(value) ? value : undefined;
}

function digestOf(definition: ToolDefinition, field: (typeof pinnedFields)[number]): string {
  return definitionDigest({ [field]: definition[field] }, JSON.stringify(definition[field] ?? null));
}

function pinnedPart(definition: ToolDefinition): Record<string, unknown> {
  const pinned: Record<string, unknown> = {};
  for (const field of pinnedFields) {
    const value = definition[field];
    if (value !== undefined) pinned[field] = field === 'outputSchema' ? withoutEnvelope(value) : value;
  }
  return pinned;
}

const envelopeKeys = new Set(['$schema', 'type', 'properties', 'required']);
const envelopePointer = '#/properties/result';

/**
 * Legacy revisions want an object at the root of an output schema, so servers of both eras show older clients
 * `{type: object, properties: {result: …}}` around the same schema (SEP-2106). It is one definition, not two.
 */
function withoutEnvelope(schema: unknown): unknown {
  if (!isObject(schema) || schema['type'] !== 'object') return schema;
  const { properties, required } = schema;
  const inner = isObject(properties) ? properties['result'] : undefined;
  const wraps =
    isObject(properties) &&
    Object.keys(properties).length === 1 &&
    inner !== undefined &&
    Array.isArray(required) &&
    required.length === 1 &&
    required[0] === 'result' &&
    Object.keys(schema).every((key) => envelopeKeys.has(key));
  return wraps ? withPlainPointers(inner) : schema;
}

function withPlainPointers(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withPlainPointers);
  if (!isObject(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      const points = (key === '$ref' || key === '$dynamicRef') && typeof value === 'string';
      return [key, points ? plainPointer(value) : withPlainPointers(value)];
    }),
  );
}

function plainPointer(pointer: string): string {
  return pointer === envelopePointer || pointer.startsWith(`${envelopePointer}/`)
    ? `#${pointer.slice(envelopePointer.length)}`
    : pointer;
}

/** The schema of a tool's results or arguments, as far as it has one. */
export function schemaOf(definition: ToolDefinition | undefined, field: 'inputSchema' | 'outputSchema') {
  const schema = definition?.[field];
  return isObject(schema) ? (schema as { readonly [key: string]: Json }) : undefined;
}
