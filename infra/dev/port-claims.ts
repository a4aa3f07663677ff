import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { identifySelf, isAlive, type ProcessIdentity } from './process-identity.ts';

/**
 * Ports that worlds on this machine hold. A program that crashed leaves its port free for a moment, and a world that
 * starts just then must not take it: the crashed one comes back to it.
 */
export interface PortClaims {
  /** False when another living world holds the port. */
  readonly claim: (port: number) => boolean;
  readonly release: () => void;
}

export function openPortClaims(
  folder: string = join(tmpdir(), `countersign-ports-${String(userInfo().uid)}`),
): PortClaims {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = JSON.stringify(identifySelf());
  const held = new Set<string>();
  return {
    claim: (port) => {
      const path = join(folder, String(port));
      if (isHeld(path)) return false;
      rmSync(path, { force: true });
      try {
        writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
      } catch {
        return false;
      }
      held.add(path);
      return true;
    },
    release: () => {
      for (const path of held) rmSync(path, { force: true });
      held.clear();
    },
  };
}

function isHeld(path: string): boolean {
  try {
    return isAlive(JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity);
  } catch {
    return false;
  }
}
