import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTemporalBinary, type TemporalBinary } from '../../infra/dev/temporal-binary.ts';
import type { TemporalSource } from '../../infra/dev/temporal-sources.ts';

const version = 'temporal version 9.9.9 (Server 1.0.0, UI 1.0.0)';
let cacheDir = '';
let said: string[] = [];

beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'countersign-temporal-'));
  said = [];
});
afterEach(() => {
  rmSync(cacheDir, { recursive: true, force: true });
});

function writeScript(path: string, prints: string): string {
  writeFileSync(path, `#!/bin/sh\necho "${prints}"\n`);
  chmodSync(path, 0o755);
  return path;
}

function source(name: string, fetch: TemporalSource['fetch']): TemporalSource {
  return { name, fetch };
}
const broken = source('a broken place', () => Promise.reject(new Error('it is closed today')));
const working = source('a good place', (task) => Promise.resolve(writeScript(join(task.folder, 'temporal'), version)));

async function find(sources: readonly TemporalSource[], command = 'no-such-command'): Promise<TemporalBinary> {
  return await findTemporalBinary({ cacheDir, say: (line) => said.push(line), sources, command });
}

describe('findTemporalBinary', () => {
  it('takes the command on PATH and fetches nothing', async () => {
    const command = writeScript(join(cacheDir, 'on-path'), version);
    expect(await find([broken], command)).toEqual({ path: command, version, source: 'PATH' });
  });

  it('passes over a command that is another program', async () => {
    const command = writeScript(join(cacheDir, 'on-path'), 'GNU temporal');
    expect((await find([working], command)).source).toBe('a good place');
    expect(said[0]).toMatch(/not used from PATH/);
  });

  it('goes on to the next source, and says what it tried and why it went on', async () => {
    expect((await find([broken, working])).source).toBe('a good place');
    expect(said.join('\n')).toMatch(
      /trying a broken place\n.*did not work \(it is closed today\)\n.*trying a good place/,
    );
  });

  it('keeps what it fetched, and leaves nothing half-fetched behind', async () => {
    const first = await find([broken, working]);
    const again = await find([broken]);
    expect(again).toMatchObject({ path: first.path, version, source: 'a good place, cached' });
    expect(readdirSync(cacheDir).filter((name) => name.startsWith('fetching'))).toEqual([]);
  });

  it('drops a cached binary that is not the one it fetched', async () => {
    const first = await find([working]);
    writeScript(first.path, `${version} with a surprise`);
    await expect(find([broken])).rejects.toThrow();
    expect(said.join('\n')).toMatch(/cached one is dropped \(its SHA-256 is not the recorded one\)/);
  });

  it('names every source and the next step when none works', async () => {
    await expect(find([broken])).rejects.toThrow(/TEMPORAL_ADDRESS[^]*a broken place: it is closed today/);
  });
});
