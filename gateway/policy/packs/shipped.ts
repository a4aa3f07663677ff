import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const ending = '.yaml';

/** Names of the packs that come with Countersign. */
export function shippedPacks(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .toSorted();
}

export function shippedPackFile(name: string): string {
  return join(folder, `${name}${ending}`);
}
