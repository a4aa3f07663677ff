import { join } from 'node:path';
import { installLocked } from './locked-install.ts';

/** What the pickiest of the tools asks for. */
const [majorMin, minorMin] = [22, 19];

/**
 * The path of a Node of version 22.19 or newer, for tools that need one: the running one where it is new enough, else
 * one from npm, installed at the first call. Throws with what to do where npm has none for this machine.
 */
export async function nodeTwentyTwo(
  say: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return process.execPath;
  const binary = `node-${process.platform}-${process.arch}/bin/node`;
  try {
    return join(await installLocked('test/support/node-22', say, binary), binary);
  } catch (error) {
    const version = `${String(majorMin)}.${String(minorMin)}`;
    throw new Error(`This needs Node ${version}, and npm gave none. Run it with Node ${version} or newer.`, {
      cause: error,
    });
  }
}
