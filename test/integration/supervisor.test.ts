import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgramSpec } from '../../infra/dev/program.ts';
import { httpReady } from '../../infra/dev/readiness.ts';
import { createSupervisor, type StepSpec, type Supervisor } from '../../infra/dev/supervisor.ts';
import { eventually } from '../support/eventually.ts';

/** A program that answers on its port and appends what happens to it to a journal all of them share. */
const answering = `
  const { appendFileSync } = require('node:fs');
  const { NAME, PORT, JOURNAL, DEAF } = process.env;
  const tell = (what) => appendFileSync(JOURNAL, NAME + ' ' + what + '\\n');
  require('node:http').createServer((_, response) => response.end('ok')).listen(Number(PORT), '127.0.0.1', () => tell('up'));
  process.on('SIGTERM', () => { tell('asked'); if (DEAF !== '1') process.exit(0); });`;
const failing = `console.error('the key file is missing'); process.exit(3)`;

let folder = '';
let supervisor: Supervisor;
let events: string[] = [];

const journal = (): string[] => {
  try {
    return readFileSync(join(folder, 'journal'), 'utf8').trimEnd().split('\n');
  } catch {
    return [];
  }
};

async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

interface Fixture {
  readonly after?: readonly string[];
  readonly script?: string;
  readonly env?: Record<string, string>;
}

async function program(name: string, { after = [], script = answering, env = {} }: Fixture = {}): Promise<ProgramSpec> {
  const port = String(await freePort());
  return {
    name,
    command: process.execPath,
    args: ['-e', script],
    cwd: folder,
    env: () => ({ NAME: name, PORT: port, JOURNAL: join(folder, 'journal'), ...env }),
    logFile: join(folder, `${name}.log`),
    ready: httpReady(`http://127.0.0.1:${port}`),
    readyMsMax: 10_000,
    stopMsMax: 1_000,
    after,
  };
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-supervisor-'));
  events = [];
  supervisor = createSupervisor(
    {
      spawned: () => undefined,
      started: (name) => events.push(`started ${name}`),
      crashed: (name) => events.push(`crashed ${name}`),
      recovered: (name) => events.push(`recovered ${name}`),
    },
    () => performance.now(),
  );
});
afterEach(async () => {
  await supervisor.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the supervisor', () => {
  it('starts each step only after those it depends on, and stops in reverse', async () => {
    const migrated: StepSpec = { name: 'migrate', after: ['database'], run: () => Promise.resolve() };
    await supervisor.start([await program('database'), migrated, await program('gateway', { after: ['migrate'] })]);
    expect(events).toEqual(['started database', 'started migrate', 'started gateway']);
    await supervisor.stop();
    expect(journal()).toEqual(['database up', 'gateway up', 'gateway asked', 'database asked']);
  });

  it('starts a killed program again, as another process, and leaves the others alone', async () => {
    await supervisor.start([await program('database'), await program('gateway')]);
    const [database, gateway] = [supervisor.pid('database'), supervisor.pid('gateway')];
    supervisor.kill('gateway', 'SIGKILL');
    const replaced = await supervisor.untilReplaced('gateway', gateway);
    expect(replaced).not.toBe(gateway);
    expect(supervisor.pid('database')).toBe(database);
    await eventually('the recovery to be told', () => (events.includes('recovered gateway') ? true : undefined));
    expect(events).toContain('crashed gateway');
  });

  it('replaces a program on request without calling it a crash', async () => {
    await supervisor.start([await program('gateway')]);
    const before = supervisor.pid('gateway');
    await supervisor.restart('gateway');
    expect(supervisor.pid('gateway')).not.toBe(before);
    expect(events).not.toContain('crashed gateway');
  });

  it('stops everything when one program does not come up, and says why with the end of its log', async () => {
    const database = await program('database');
    const gateway = await program('gateway', { after: ['database'], script: failing });
    await expect(supervisor.start([database, gateway])).rejects.toThrow(
      /gateway exited with code 3[^]*key file is missing/,
    );
    expect(supervisor.pid('database')).toBeUndefined();
    expect(journal()).toEqual(['database up', 'database asked']);
  });

  it('does not start what comes after a failed step', async () => {
    const migrate: StepSpec = { name: 'migrate', after: [], run: () => Promise.reject(new Error('no such table')) };
    const gateway = await program('gateway', { after: ['migrate'] });
    await expect(supervisor.start([migrate, gateway])).rejects.toThrow('no such table');
    expect(journal()).toEqual([]);
  });

  it('kills a program that does not listen when asked to stop', async () => {
    await supervisor.start([await program('deaf', { env: { DEAF: '1' } })]);
    const pid = supervisor.pid('deaf');
    expect(isAlive(pid)).toBe(true);
    await supervisor.stop();
    expect(journal()).toContain('deaf asked');
    expect(isAlive(pid)).toBe(false);
  });
});
