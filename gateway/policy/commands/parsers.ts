import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Whoever reads commands and conditions for policy: another version may read the same text as something else. */
const packages = ['@guanmingchiu/sqlparser-ts', '@marcbachmann/cel-js', 'libpg-query', 're2js', 'unbash'] as const;
const { resolve } = createRequire(import.meta.url);

/** Package → version, as they are installed. Part of the digest of every policy. */
export const parserVersions: Readonly<Record<string, string>> = Object.fromEntries(
  packages.map((name) => [name, versionOf(name)]),
);

/** From the manifest nearest to the package's entry: not every package lets its manifest be imported. */
function versionOf(name: string): string {
  const entry = pathToFileURL(resolve(name));
  for (let folder = new URL('.', entry); folder.pathname !== '/'; folder = new URL('..', folder)) {
    const manifest = readManifest(new URL('package.json', folder));
    if (manifest?.name === name && manifest.version !== undefined) return manifest.version;
  }
  throw new Error(`The version of ${name} cannot be found. Install the dependencies again.`);
}

function readManifest(url: URL): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(url, 'utf8')) as { name?: string; version?: string };
  } catch {
    return undefined;
  }
}
