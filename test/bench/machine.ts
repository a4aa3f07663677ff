import { cpus, loadavg, totalmem } from 'node:os';

/** What figures depend on beside the code. `loadBefore` tells of others who used the machine (its last minute). */
export function machineFacts() {
  const all = cpus();
  return {
    node: process.version,
    cores: all.length,
    cpu: all[0]?.model,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    loadBefore: loadavg()[0],
  };
}
