import { readdirSync } from 'node:fs';
import type { World } from '../../../infra/dev/world.ts';
import { cpuMsOf, residentBytes, statusOf } from '../processes.ts';

/** What a hold may cost something in. The bench itself is among them, since it takes its share of the machine too. */
const measured = ['gateway', 'worker', 'slackApp', 'temporal', 'postgres', 'slackSim'] as const;
export type Measured = (typeof measured)[number] | 'bench';

export interface Use {
  /** Processor time since the program started. */
  readonly cpuMs: number;
  /** Resident memory; what processes of one program share is counted in each. */
  readonly residentBytes: number;
}

/** What each program has used so far, with the processes it started. Linux only: NaN elsewhere. */
export function useOfPrograms(world: World): Record<Measured, Use> {
  const { pids } = world.file();
  const children = childrenOfAll();
  const all = measured.map((name): [Measured, Use] => [name, useOf(pids[name], children)]);
  return { ...(Object.fromEntries(all) as Record<Measured, Use>), bench: useOf([process.pid], new Map()) };
}

function useOf(roots: readonly number[], children: ReadonlyMap<number, readonly number[]>): Use {
  const pids = [...roots];
  for (const pid of pids) pids.push(...(children.get(pid) ?? []));
  return {
    cpuMs: sum(pids.map(cpuMsOf)),
    residentBytes: sum(pids.map(residentBytes)),
  };
}

/** Parent → its processes. */
function childrenOfAll(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of entriesOf('/proc')) {
    const parent = Number(/^PPid:\s+(\d+)$/m.exec(statusOf(Number(name)))?.[1] ?? NaN);
    if (Number.isNaN(parent)) continue;
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** A process that ends while it is looked at counts nothing. */
function sum(numbers: readonly number[]): number {
  const known = numbers.filter((each) => !Number.isNaN(each));
  return known.length === 0 ? NaN : known.reduce((total, each) => total + each, 0);
}
