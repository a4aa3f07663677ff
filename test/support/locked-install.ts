import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../infra/dev/run-command.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const installMsMax = 10 * 60_000;

/**
 * Installs what the lock file of `folder` names, into a cache that all runs of this checkout share, and returns the
 * path of its node_modules. The folder of the cache is named by the lock and appears at once and whole, so several
 * may ask at the same time. Throws with npm's last line when it cannot be had, and when what `mustHave` names in its
 * node_modules did not come: npm leaves out an optional package that it cannot fetch, without a word.
 */
export async function installLocked(folder: string, say: (line: string) => void, mustHave = ''): Promise<string> {
  const source = join(root, folder);
  const lock = readFileSync(join(source, 'package-lock.json'));
  const cache = resolve(process.env['COUNTERSIGN_CACHE'] ?? join(root, '.countersign/cache'));
  const { name: title, packages } = JSON.parse(lock.toString('utf8')) as { name: string; packages: object };
  const name = `${title}-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`;
  const target = join(cache, name);
  if (existsSync(target)) return join(target, 'node_modules');
  say(`Installing ${String(Object.keys(packages).length - 1)} packages of ${folder} with npm ci; once for all runs …`);
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, `${name}.`));
  try {
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(source, file), join(fresh, file));
    const flags = ['ci', '--prefix', fresh, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await runCommand(...npm(flags), {
      msMax: installMsMax,
      onWait: (seconds) => {
        say(`  still installing, ${String(seconds)} s so far`);
      },
    });
    if (!existsSync(join(fresh, 'node_modules', mustHave))) throw new Error(`npm did not bring ${mustHave}.`);
    renameSync(fresh, target);
  } catch (error) {
    // Another process may have put the same in place meanwhile.
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return join(target, 'node_modules');
}

/** npm says where it is itself; otherwise the npm on PATH is taken. */
function npm(args: readonly string[]): [string, readonly string[]] {
  const own = process.env['npm_execpath'];
  return own?.endsWith('.js') === true ? [process.execPath, [own, ...args]] : ['npm', args];
}
