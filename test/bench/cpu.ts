import { readFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second (USER_HZ), whatever its kernel's own clock is. */
const msPerTick = 10;
/** proc_pid_stat(5): `utime` and `stime` are fields 14 and 15; what follows the name in brackets begins with field 3. */
const utimeAt = 14 - 3;

/**
 * Processor time of a process so far, all threads, in milliseconds; NaN where there is no /proc. On a busy machine it
 * says more than the clock: others take turns with a process, but do not add to what it uses.
 */
export function cpuMsOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[utimeAt]) + Number(fields[utimeAt + 1])) * msPerTick;
  } catch {
    return NaN;
  }
}
