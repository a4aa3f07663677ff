import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, identifySelf, isAlive, type ProcessIdentity } from './process-identity.ts';

/**
 * Which processes belong to the world in a home folder, so that
 * - a second start on the same folder is refused while the first one runs, and
 * - what a killed supervisor left behind is stopped by the next start, and nothing else is:
 *   a process is ours only if its start time is the recorded one as well as its pid.
 */
export interface ProcessRecord {
  /** Notes the process of a program, or that it has none any more. */
  readonly note: (name: string, pid: number | undefined) => void;
  readonly release: () => void;
}

interface RecordFile {
  readonly supervisor: ProcessIdentity;
  readonly programs: Record<string, ProcessIdentity>;
}

const leftoverStopMsMax = 5_000;
const pollMs = 50;

/** Claims a home folder. Throws when a running world holds it. Returns the record and the names of stopped leftovers. */
export async function claimHome(home: string): Promise<{ record: ProcessRecord; leftovers: readonly string[] }> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const path = join(home, 'processes.json');
  const file: RecordFile = { supervisor: identifySelf(), programs: {} };
  const stopped: string[] = [];
  while (!createExclusively(path, file)) {
    const before = readRecord(path);
    if (before !== undefined && isAlive(before.supervisor)) {
      const pid = String(before.supervisor.pid);
      throw new Error(
        `A world is already running in ${home} (process ${pid}). Stop it first, or take another --port-base.`,
      );
    }
    const leftovers = Object.entries(before?.programs ?? {});
    // Together, because a database waits for its clients before it ends.
    const ended = await Promise.all(leftovers.map(async ([, leftover]) => await stopLeftover(leftover)));
    stopped.push(...leftovers.flatMap(([name], index) => (ended[index] === true ? [name] : [])));
    rmSync(path, { force: true });
  }
  const note = (name: string, pid: number | undefined): void => {
    const seen = pid === undefined ? undefined : identify(pid);
    if (seen === undefined) delete file.programs[name];
    else file.programs[name] = seen;
    writeFileSync(path, JSON.stringify(file), { mode: 0o600 });
  };
  return {
    record: {
      note,
      release: () => {
        rmSync(path, { force: true });
      },
    },
    leftovers: stopped,
  };
}

function createExclusively(path: string, file: RecordFile): boolean {
  try {
    writeFileSync(path, JSON.stringify(file), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readRecord(path: string): RecordFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RecordFile;
  } catch {
    return undefined;
  }
}

async function stopLeftover(leftover: ProcessIdentity): Promise<boolean> {
  if (!isAlive(leftover)) return false;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(leftover.pid, signal);
    } catch {
      return true;
    }
    for (let waited = 0; waited < leftoverStopMsMax && isAlive(leftover); waited += pollMs) await sleep(pollMs);
    if (!isAlive(leftover)) return true;
  }
  throw new Error(`Process ${String(leftover.pid)} of an earlier world does not end. Stop it by hand and start again.`);
}
