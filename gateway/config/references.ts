import { readFileSync } from 'node:fs';
import type { ConfigPath } from './source.ts';

export interface ReferenceProblem {
  readonly path: ConfigPath;
  readonly message: string;
}

/**
 * Replaces `env:NAME` and `file:/path` by what they refer to, anywhere in a configuration. A reference that leads
 * nowhere is a problem that names it; what it leads to is never part of a message.
 */
export function resolveReferences(
  value: unknown,
  env: NodeJS.ProcessEnv,
  problems: ReferenceProblem[],
  path: ConfigPath = [],
): unknown {
  if (typeof value === 'string') return resolve(value, env, (message) => problems.push({ path, message }));
  if (Array.isArray(value)) {
    return value.map((item, index) => resolveReferences(item, env, problems, [...path, index]));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveReferences(item, env, problems, [...path, key])]),
  );
}

function resolve(text: string, env: NodeJS.ProcessEnv, complain: (message: string) => void): string {
  const variable = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1];
  if (variable !== undefined) {
    const value = env[variable];
    if (value === undefined || value === '') complain(`the environment variable ${variable} is not set`);
    return value ?? '';
  }
  const file = /^file:(\/.+)$/.exec(text)?.[1];
  if (file === undefined) return text;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    complain(`the file ${file} cannot be read`);
    return '';
  }
}
