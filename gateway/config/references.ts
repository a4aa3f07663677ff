import { isAbsolute } from 'node:path';
import type { ConfigPath } from './source.ts';
import { referablePaths } from './schema.ts';

/** Reads a file as text, or throws. */
export type ReadFile = (path: string) => string;

export interface References {
  readonly env: NodeJS.ProcessEnv;
  readonly readFile: ReadFile;
}

export interface ReferenceProblem {
  readonly path: ConfigPath;
  readonly message: string;
}

/**
 * Replaces `env:NAME` and `file:/path` by what they refer to, wherever the schema lets a value be given so. A reference
 * that leads nowhere is a problem that names it; what it leads to is never part of a message.
 */
export function resolveReferences(
  value: unknown,
  references: References,
  problems: ReferenceProblem[],
  path: ConfigPath = [],
): unknown {
  if (typeof value === 'string') {
    if (!referable(path)) return value;
    return resolve(value, references, (message) => problems.push({ path, message }));
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => resolveReferences(item, references, problems, [...path, index]));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveReferences(item, references, problems, [...path, key])]),
  );
}

const referable = (path: ConfigPath): boolean =>
  referablePaths.includes(path.map((step) => (typeof step === 'number' ? '*' : String(step))).join('.'));

/** What looks like a reference and is none would be sent to a server as a credential, so it is a problem. */
function resolve(text: string, references: References, complain: (message: string) => void): string {
  const [, kind, target = ''] = /^(env|file):(.*)$/s.exec(text) ?? [];
  if (kind === 'env') return resolveVariable(target, references.env, complain);
  if (kind === 'file') return resolveFile(target, references.readFile, complain);
  return text;
}

function resolveVariable(name: string, env: NodeJS.ProcessEnv, complain: (message: string) => void): string {
  const value = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? env[name] : undefined;
  if (value === undefined || value === '') complain(`the environment variable ${name} is not set`);
  return value ?? '';
}

function resolveFile(file: string, readFile: ReadFile, complain: (message: string) => void): string {
  if (!isAbsolute(file)) {
    complain(`the file ${file} is not named by an absolute path: write file:/path`);
    return '';
  }
  try {
    const value = readFile(file).trim();
    if (value === '') complain(`the file ${file} is empty`);
    return value;
  } catch {
    complain(`the file ${file} cannot be read`);
    return '';
  }
}
