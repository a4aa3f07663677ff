import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One process and no other that gets its number later. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

export function isAlive(recorded: ProcessIdentity): boolean {
  return identify(recorded.pid)?.startedAt === recorded.startedAt;
}

/** A pid with the time its process started: pids come back, the pair does not. */
export function identify(pid: number): ProcessIdentity | undefined {
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

/** The identity of this very process. */
export function identifySelf(): ProcessIdentity {
  const own = identify(process.pid);
  if (own === undefined) throw new Error('The start time of this process cannot be read; /proc or ps is needed.');
  return own;
}
