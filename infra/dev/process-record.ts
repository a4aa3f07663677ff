import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

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

interface RecordedProcess {
  readonly pid: number;
  readonly startedAt: string;
}

interface RecordFile {
  readonly supervisor: RecordedProcess;
  readonly programs: Record<string, RecordedProcess>;
}

const leftoverStopMsMax = 5_000;
const pollMs = 50;

/** Claims a home folder. Throws when a running world holds it. Returns the record and the names of stopped leftovers. */
export async function claimHome(home: string): Promise<{ record: ProcessRecord; leftovers: readonly string[] }> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const path = join(home, 'processes.json');
  const own = identify(process.pid);
  if (own === undefined) throw new Error('The start time of this process cannot be read; /proc or ps is needed.');
  const file: RecordFile = { supervisor: own, programs: {} };
  const stopped: string[] = [];
  while (!createExclusively(path, file)) {
    const before = readRecord(path);
    if (before !== undefined && isAlive(before.supervisor)) {
      const pid = String(before.supervisor.pid);
      throw new Error(
        `A world is already running in ${home} (process ${pid}). Stop it first, or take another --port-base.`,
      );
    }
    for (const [name, leftover] of Object.entries(before?.programs ?? {})) {
      if (await stopLeftover(leftover)) stopped.push(name);
    }
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

async function stopLeftover(leftover: RecordedProcess): Promise<boolean> {
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

function isAlive(recorded: RecordedProcess): boolean {
  return identify(recorded.pid)?.startedAt === recorded.startedAt;
}

/** A pid with the time its process started: pids come back, the pair does not. */
function identify(pid: number): RecordedProcess | undefined {
  try {
    // The name in parentheses may itself hold spaces; the state is field 3 and the start time field 22 (proc(5)).
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields[19];
    if (ticks === undefined || fields[0] === 'Z') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { pid, startedAt: `${boot}/${ticks}` };
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    const startedAt = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return startedAt === '' ? undefined : { pid, startedAt };
  } catch {
    return undefined;
  }
}
