import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimHome } from '../../../../infra/dev/process-record.ts';

interface Recorded {
  supervisor: { pid: number; startedAt: string };
  programs: Record<string, { pid: number; startedAt: string }>;
}

let home = '';
const recordOf = (): Recorded => JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8')) as Recorded;

function spawnIdle() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  if (child.pid === undefined) throw new Error('node could not be spawned');
  return { child, pid: child.pid };
}

/** As if the supervisor that wrote the record had been killed. */
function forgetSupervisor(change: (record: Recorded) => void = () => undefined): void {
  const record = recordOf();
  record.supervisor.startedAt = 'another time';
  change(record);
  writeFileSync(join(home, 'processes.json'), JSON.stringify(record));
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'countersign-record-'));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

describe('claimHome', () => {
  it('refuses a home whose world still runs, and frees it on release', async () => {
    const { record } = await claimHome(home);
    await expect(claimHome(home)).rejects.toThrow(/already running/);
    record.release();
    expect(existsSync(join(home, 'processes.json'))).toBe(false);
    const again = await claimHome(home);
    again.record.release();
  });

  it('stops what a killed supervisor left running', async () => {
    const { child, pid } = spawnIdle();
    const { record } = await claimHome(home);
    record.note('gateway', pid);
    forgetSupervisor();
    const exited = once(child, 'exit');
    expect((await claimHome(home)).leftovers).toEqual(['gateway']);
    await exited;
  });

  it('spares a process that only has the number of one of ours', async () => {
    const { child, pid } = spawnIdle();
    const { record } = await claimHome(home);
    record.note('gateway', pid);
    forgetSupervisor((recorded) => {
      const gateway = recorded.programs['gateway'];
      if (gateway !== undefined) gateway.startedAt = 'another time';
    });
    expect((await claimHome(home)).leftovers).toEqual([]);
    expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
  });

  it('forgets a program that has ended', async () => {
    const { child, pid } = spawnIdle();
    const { record } = await claimHome(home);
    record.note('gateway', pid);
    expect(recordOf().programs['gateway']?.pid).toBe(pid);
    record.note('gateway', undefined);
    expect(recordOf().programs).toEqual({});
    child.kill('SIGKILL');
  });
});
