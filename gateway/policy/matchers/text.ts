import { compileGlobs, type Reading } from '../glob.ts';
import { isPlainPath } from '../plain-path.ts';
import type { Test } from './matcher.ts';

/** A glob with a slash speaks of places, so it judges plain paths only. Without one, any text is just text. */
export function onText(patterns: readonly string[], reading: Reading): Test {
  if (patterns.some((pattern) => pattern.includes('/'))) return onPath(patterns, reading);
  const fits = compileGlobs(patterns, reading);
  return (value) => present(value) && (typeof value === 'string' ? fits(value) : undefined);
}

export function onPath(patterns: readonly string[], reading: Reading): Test {
  const fits = compileGlobs(patterns, reading);
  return (value) => {
    if (typeof value !== 'string') return present(value) && undefined;
    return patterns.includes(value) || (isPlainPath(value) ? fits(value) : undefined);
  };
}

export function present(value: unknown): boolean {
  return value !== undefined;
}
