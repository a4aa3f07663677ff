import type { Json } from '../../workflows/contract/call.ts';

/** A JSON object, and neither an array nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same of what is JSON already, whose members then are, too. */
export function isJsonObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return isObject(value);
}
