import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { resolve } = createRequire(import.meta.url);

/**
 * By what commands are read, package by package. Another version may read a command otherwise, so these are part of
 * what a policy is: they go into its digest.
 */
export const parserVersions: Readonly<Record<string, string>> = Object.fromEntries(
  ['@guanmingchiu/sqlparser-ts', 'libpg-query', 'unbash'].map((name) => [name, versionOf(name)]),
);

/** Not every package exports its `package.json`, so it is looked for above the package's entry. */
function versionOf(name: string): string {
  for (let folder = dirname(resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
    const version = versionIn(join(folder, 'package.json'), name);
    if (version !== undefined) return version;
  }
  throw new Error(`The package ${name} has no version. Install it again.`);
}

function versionIn(path: string, name: string): string | undefined {
  try {
    const read = JSON.parse(readFileSync(path, 'utf8')) as { readonly name?: string; readonly version?: string };
    return read.name === name ? read.version : undefined;
  } catch {
    return undefined;
  }
}
