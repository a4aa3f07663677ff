import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startWorld } from '../../infra/dev/world.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the world file of the one world that all end-to-end tests share. */
    worldFile: string;
    /** The added configuration of that world; a test may write to it and must restore it. */
    worldConfig: string;
  }
}

const portBase = 17_400;

/** One whole product for all end-to-end tests: every part real, each in its own process. */
export default async function setUpWorld(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), 'countersign-world-'));
  const configFile = join(home, 'extra.yaml');
  await copyFile('test/end-to-end/extra.yaml', configFile);
  const began = performance.now();
  process.stdout.write('Starting the product for the end-to-end tests …\n');
  const world = await startWorld({
    portBase,
    home,
    configFile,
    onProgress: (progress) => {
      if (progress.kind === 'note') process.stdout.write(`  ${progress.text}\n`);
    },
  });
  process.stdout.write(`  ready after ${((performance.now() - began) / 1_000).toFixed(1)} s\n`);
  project.provide('worldFile', world.path);
  project.provide('worldConfig', configFile);
  return async () => {
    await world.stop();
    await rm(home, { recursive: true, force: true });
  };
}
