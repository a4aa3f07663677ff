import { hash } from 'node:crypto';
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { ReadFile } from '../references.ts';
import type { PolicySource } from './policy-version.ts';

/** Reads policy files, and keeps what a version says of its sources. Not for what `file:` refers to: that is secret. */
export interface SourceLog {
  readonly readFile: ReadFile;
  readonly sources: readonly PolicySource[];
}

export function keepSources(readFile: ReadFile, ownerOf: (file: string) => string = ownerOnDisk): SourceLog {
  const sources: PolicySource[] = [];
  return {
    sources,
    readFile: (file) => {
      const text = readFile(file);
      sources.push({ file, sha256: hash('sha256', text, 'hex'), owner: ownerOf(file) });
      return text;
    },
  };
}

/** The name of a user is known of this process's own only; others are a number. */
function ownerOnDisk(file: string): string {
  try {
    const { uid } = statSync(file);
    const own = userInfo();
    return own.uid === uid ? own.username : `uid ${uid}`;
  } catch {
    return 'unknown';
  }
}
