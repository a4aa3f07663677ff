import type { Json } from '../workflows/contract/call.ts';

/** PURE. JSON pointer (RFC 6901), or names joined by dots. */
export function pathOf(path: string): readonly string[] {
  if (!path.startsWith('/')) return path.split('.');
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** PURE. The value at a path of names in something that was JSON; undefined when there is none. */
export function valueAt(root: unknown, path: readonly string[]): Json | undefined {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value as Json | undefined;
}
