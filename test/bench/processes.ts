import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second (USER_HZ), whatever its kernel's own clock is. */
const msPerTick = 10;
/** proc_pid_stat(5), by the numbers of its fields; what follows the name in brackets begins with field 3. */
const fieldsAt = { parent: 4 - 3, user: 14 - 3, system: 15 - 3, endedUser: 16 - 3, endedSystem: 17 - 3 };

/**
 * Processor time of a process so far, all threads, in milliseconds; NaN where there is no /proc. On a busy machine it
 * says more than the clock: others take turns with a process, but do not add to what it uses.
 */
export function cpuMsOf(pid: number | undefined): number {
  const stat = pid === undefined ? undefined : statOf(pid);
  return stat === undefined ? NaN : stat.ticks * msPerTick;
}

/** The same of a process and all it has started, whether they run still or have ended: PostgreSQL is many. */
export function cpuMsOfAll(pid: number): number {
  const own = statOf(pid);
  if (own === undefined) return NaN;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? [])
    .filter((stat) => stat.parent === pid);
  return (own.ticks + own.endedTicks + children.reduce((sum, { ticks }) => sum + ticks, 0)) * msPerTick;
}

/** Resident memory in bytes; what processes share is counted in each of them. NaN where there is no /proc. */
export function residentBytes(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(statusOf(pid))?.[1] ?? NaN) * 1024;
}

/** proc_pid_status(5). Empty when the process is gone, or where there is no /proc. */
export function statusOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

function statOf(pid: number) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (name: keyof typeof fieldsAt): number => Number(fields[fieldsAt[name]]);
    return {
      parent: field('parent'),
      ticks: field('user') + field('system'),
      endedTicks: field('endedUser') + field('endedSystem'),
    };
  } catch {
    return undefined;
  }
}
