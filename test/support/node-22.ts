import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installLocked } from './locked-install.ts';

const majorMin = 22;

/**
 * The path of a Node of version 22 or newer, for tools that need one: the running one where it is new enough, else
 * one from npm, installed at the first call. Throws with what to do where npm has none for this machine.
 */
export async function nodeTwentyTwo(
  say: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) >= majorMin) return process.execPath;
  const modules = await installLocked('test/support/node-22', say);
  const path = join(modules, `node-${process.platform}-${process.arch}`, 'bin/node');
  if (existsSync(path)) return path;
  throw new Error(
    `This needs Node ${String(majorMin)}, and npm has none for ${process.platform} ${process.arch}. ` +
      `Run it with Node ${String(majorMin)} or newer.`,
  );
}
