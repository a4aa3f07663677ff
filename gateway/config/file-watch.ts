import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ReadFile } from './references.ts';

/** What stands for a file that is not there, or not readable. */
const absent = '';

/**
 * Notices that files changed, by their content: a file swapped by a rename, a Kubernetes mount that moves its symlink,
 * and one restored with its old time are noticed alike. A change counts once two looks in a row agree on it, so that a
 * file that is half written is not taken for a shorter policy.
 */
export class FileWatch {
  readonly #list: () => readonly string[];
  /** Path → digest, of what the last load was made from. */
  #loaded = new Map<string, string>();
  #lastLook: string | undefined;

  /** `list` names the files to look at now; what is read through {@link readFile} is looked at as well. */
  constructor(list: () => readonly string[]) {
    this.#list = list;
  }

  /** Reads a file for a load, and remembers what it said: whatever it says later is a change. */
  readonly readFile: ReadFile = (path) => {
    this.#loaded.set(path, absent);
    const text = readFileSync(path, 'utf8');
    this.#loaded.set(path, digestOf(text));
    return text;
  };

  /** True once for each new state of the files, which is then taken for loaded. */
  settled(): boolean {
    const listed = this.#list();
    const now = digestsOf([...listed, ...this.#loaded.keys()]);
    const look = textOf(now);
    if (look === textOf(this.#loaded)) {
      this.#lastLook = undefined;
      return false;
    }
    const still = look === this.#lastLook;
    this.#lastLook = look;
    if (still) this.#loaded = digestsOf(listed);
    return still;
  }
}

function digestsOf(paths: readonly string[]): Map<string, string> {
  return new Map([...new Set(paths)].map((path) => [path, digestNow(path)]));
}

function digestNow(path: string): string {
  try {
    return digestOf(readFileSync(path, 'utf8'));
  } catch {
    return absent;
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function textOf(digests: ReadonlyMap<string, string>): string {
  return JSON.stringify([...digests].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
