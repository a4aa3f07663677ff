import type { Json } from '../../../workflows/contract/call.ts';
import type { CallerHeaders } from '../../call.ts';
import { isObject } from '../../receive/is-object.ts';
import { decodeHeaderValue } from '../../receive/mirrored-headers.ts';

/** One argument that clients repeat in a header (MCP 2026-07-28, `x-mcp-header` in a tool's input schema). */
export interface ParamHeader {
  /** Lower case, as Node gives header names. */
  readonly header: string;
  readonly path: readonly string[];
  readonly numeric: boolean;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const mirroredTypes = new Set(['string', 'integer', 'boolean', 'number']);
const canonicalDecimal = /^-?\d+(?:\.\d+)?$/;
const depthMax = 16;

/** The headers that a schema asks for. Annotations that the specification calls invalid ask for none. */
export function paramHeadersOf(inputSchema: unknown): readonly ParamHeader[] {
  const found: ParamHeader[] = [];
  collect(inputSchema, [], found);
  return found;
}

/** Only a chain of `properties` leads to an argument that every call has at the same place. */
function collect(schema: unknown, path: readonly string[], found: ParamHeader[]): void {
  if (!isObject(schema) || path.length > depthMax) return;
  const { 'x-mcp-header': name, type, properties } = schema;
  if (typeof name === 'string' && token.test(name) && path.length > 0 && mirroredTypes.has(String(type))) {
    found.push({ header: `mcp-param-${name.toLowerCase()}`, path, numeric: type === 'integer' || type === 'number' });
  }
  if (!isObject(properties)) return;
  for (const [key, property] of Object.entries(properties)) collect(property, [...path, key], found);
}

/**
 * PURE. How a call's `Mcp-Param-*` headers disagree with its arguments, in words without values; undefined when they
 * agree. An argument that is absent or null needs no header, and one that is there needs an equal one (MCP 2026-07-28,
 * basic/transports/streamable-http). Both sides can be read by somebody on the way, so they must say the same.
 */
export function paramHeaderMismatch(
  inputSchema: unknown,
  args: Json | undefined,
  headers: CallerHeaders,
): string | undefined {
  return headerMismatch(paramHeadersOf(inputSchema), args, headers);
}

/** The same for headers that were read from their schema before. */
export function headerMismatch(
  expected: readonly ParamHeader[],
  args: Json | undefined,
  headers: CallerHeaders,
): string | undefined {
  for (const { header, path, numeric } of expected) {
    const value = valueAt(args, path);
    const text = textOf(value);
    if (text === undefined) continue;
    const given = headers[header];
    if (typeof given !== 'string') return `the body carries ${path.join('.')}, and the ${header} header is missing`;
    const decoded = decodeHeaderValue(given);
    if (decoded === undefined) return `the ${header} header is not canonical base64 of UTF-8`;
    const same =
      numeric && typeof value === 'number' && canonicalDecimal.test(decoded)
        ? Number(decoded) === value
        : decoded === text;
    if (!same) return `the ${header} header differs from ${path.join('.')} in the body`;
  }
  return undefined;
}

function valueAt(args: Json | undefined, path: readonly string[]): unknown {
  let value: unknown = args;
  for (const step of path) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/** Clients leave out what has no plain spelling, so nothing is expected of it. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number' || (Number.isInteger(value) && !Number.isSafeInteger(value))) return undefined;
  return String(value);
}
