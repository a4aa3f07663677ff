import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../../infra/dev/run-command.ts';
import { DEFAULT_PORT_BASE } from '../../../infra/dev/ports.ts';
import { locateHome } from '../../../infra/dev/world-home.ts';
import type { ToolResult } from '../caller.ts';
import { runClient } from './child.ts';
import { seenError, seenResult, type RealClient } from './real-client.ts';

const requirements = fileURLToPath(new URL('python/requirements.txt', import.meta.url));
const program = fileURLToPath(new URL('python/call_tool.py', import.meta.url));
const installMsMax = 5 * 60_000;
const reasonCharsMax = 400;

interface Printed {
  readonly result?: ToolResult;
  readonly error?: string;
  readonly progress: readonly string[];
}

/** The Python package `mcp`; `auto` is its own default. It sends a progress token when its host listens to progress. */
export function pythonSdk(mode: 'auto' | 'legacy', options: { readonly listens?: boolean } = {}): RealClient {
  const { listens = false } = options;
  return {
    name: `Python \`mcp\`, ${mode}${listens ? ', `progress_callback`' : ''}`,
    call: async ({ url, token, tool, arguments: args, timeoutMs }) => {
      const packages = await installPackages((line) => void process.stdout.write(`${line}\n`));
      const timeoutSeconds = timeoutMs === undefined ? null : timeoutMs / 1_000;
      const job = { url, token, tool, arguments: args, mode, progress: listens, timeoutSeconds };
      const { code, stdout, stderr } = await runClient('python3', [program], {
        env: { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' },
        input: JSON.stringify(job),
      });
      if (code !== 0)
        throw new Error(
          `The Python client did not come as far as its call (code ${String(code)}): ${stderr.trim().slice(-reasonCharsMax)}`,
        );
      const { result, error, progress } = JSON.parse(stdout) as Printed;
      return result === undefined ? seenError(error ?? 'nothing', progress) : seenResult(result, progress);
    },
  };
}

let installed: Promise<string> | undefined;

/** The folder with the pinned packages, which pip fills at the first call. Throws with what to do when it cannot. */
export function installPackages(say: (line: string) => void): Promise<string> {
  installed ??= install(say);
  return installed;
}

async function install(say: (line: string) => void): Promise<string> {
  const { cacheDir } = locateHome(DEFAULT_PORT_BASE, undefined);
  const python = await pythonVersion();
  const key = createHash('sha256').update(readFileSync(requirements)).update(python).digest('hex').slice(0, 12);
  const target = join(cacheDir, `python-mcp-${key}`);
  if (existsSync(target)) return target;
  say('Installing the Python package mcp with pip; once for all runs …');
  mkdirSync(cacheDir, { recursive: true });
  const fresh = mkdtempSync(join(cacheDir, 'python-mcp-fresh-'));
  const flags = [
    '--no-deps',
    '--require-hashes',
    '--only-binary',
    ':all:',
    '--no-input',
    '--disable-pip-version-check',
  ];
  try {
    await runCommand('python3', ['-m', 'pip', 'install', '--target', fresh, ...flags, '-r', requirements], {
      msMax: installMsMax,
      env: { PIP_ROOT_USER_ACTION: 'ignore' },
      onWait: (seconds) => say(`  still installing, ${String(seconds)} s so far`),
    });
    renameSync(fresh, target);
  } catch (error) {
    // Another run may have put the same in place meanwhile.
    if (!existsSync(target)) {
      throw new Error(
        `The Python package mcp, a client of these tests, could not be installed with python3 -m pip (${String(error)}). ` +
          'Install Python 3.10 or newer with pip, see that pip can reach its package index, and run the tests again.',
        { cause: error },
      );
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return target;
}

/** Such as `3.11 x86_64`: compiled packages fit one of these only. */
async function pythonVersion(): Promise<string> {
  const ask = 'import platform, sys; print(sys.version_info[0], sys.version_info[1], platform.machine())';
  try {
    return (await runCommand('python3', ['-c', ask], { msMax: 30_000 })).trim();
  } catch (error) {
    throw new Error(
      'One of the clients of these tests is the Python package mcp, and python3 does not run here ' +
        `(${String(error)}). Install Python 3.10 or newer with pip, and run the tests again.`,
      { cause: error },
    );
  }
}
