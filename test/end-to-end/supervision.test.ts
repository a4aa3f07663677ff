import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { programGroups } from '../../infra/dev/world-file.ts';
import { startWorld } from '../../infra/dev/world.ts';
import { eventually } from '../support/eventually.ts';
import { Product } from '../support/product.ts';

const product = new Product();
/** The signer comes later. */
const running = programGroups.filter((group) => group !== 'signer');

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function readConfig(): Promise<string> {
  const caller = await product.caller('ci-reader');
  const result = await caller.call('get_config', { service: 'search' });
  await caller.close();
  return JSON.stringify(result.content);
}

describe('the world file', () => {
  test('is readable by its owner only, and names a living process for every program', () => {
    expect(statSync(product.path).mode & 0o777).toBe(0o600);
    for (const group of running) {
      const pids = product.world.pids[group];
      expect(pids.length, group).toBeGreaterThan(0);
      expect(pids.every(isAlive), group).toBe(true);
    }
  });

  test('keeps a second world out of its folder', async () => {
    const before = readFileSync(product.path, 'utf8');
    await expect(startWorld({ home: dirname(product.path), portBase: 18_400 })).rejects.toThrow(/already running/);
    expect(readFileSync(product.path, 'utf8')).toBe(before);
  });
});

describe('a program that is killed', () => {
  test.each(running)('%s is started again, and callers are served', async (group) => {
    const [old] = product.world.pids[group];
    await product.crash(group);
    const [now] = product.world.pids[group];
    expect(now).not.toBe(old);
    const answer = await eventually('a call is answered', async () => {
      const text = await readConfig();
      return text.includes('index.shards') ? text : undefined;
    });
    expect(answer).toContain('index.shards');
  });
});
