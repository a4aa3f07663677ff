// Entry of the npm scripts: `node infra/dev/run.mjs <task> [arguments]`.
// Plain JavaScript without dependencies, because it runs before there is a node_modules.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MIN = [20, 19];
const parentLookMs = 500;
const root = fileURLToPath(new URL('../../', import.meta.url));
const modules = join(root, 'node_modules');

/** Task → the commands it runs, in order. Arguments of the user go to the last one. */
const tasks = {
  start: { says: 'brings the whole product up on this machine', run: [program('infra/dev/start.ts')] },
  tour: { says: 'shows the main job by itself and checks it', run: [program('infra/dev/tour.ts')] },
  test: { says: 'runs all tests', run: [tool('vitest/vitest.mjs', 'run', '-c', 'test/vitest.config.ts')] },
  bench: { says: 'measures the gateway', run: [program('test/bench/main.ts')] },
  conformance: {
    says: 'runs the official MCP suite, directly and through the gateway',
    run: [program('test/conformance/main.ts')],
  },
  crash: {
    says: 'kills every program in turn and looks for what is lost or done twice',
    run: [program('test/crash/main.ts')],
  },
  build: { says: 'compiles to dist/', run: [program('infra/docker/build.ts')] },
  check: {
    says: 'format, lint with types, the three type-checks, folder rules, dead code',
    run: [
      named('format', tool('prettier/bin/prettier.cjs', '--check', '.')),
      named('lint', tool('oxlint/bin/oxlint', '-c', '.oxlintrc.json', '--type-aware', ...sourceFolders())),
      named('types', tool('typescript/bin/tsc', '--noEmit', '-p', '.')),
      named('types of the sandbox', tool('typescript/bin/tsc', '--noEmit', '-p', 'workflows/sandbox')),
      named('types of the tests', tool('typescript/bin/tsc', '--noEmit', '-p', 'test')),
      named(
        'folder rules',
        tool(
          'dependency-cruiser/bin/dependency-cruise.mjs',
          '--config',
          'test/architecture/rules.mjs',
          ...sourceFolders(),
        ),
      ),
      named('dead code', tool('knip/bin/knip.js')),
    ],
  },
};

function sourceFolders() {
  return ['gateway', 'workflows', 'slack-app', 'infra', 'test'];
}

/** A program of ours. Its channel to this process tells it when this process is gone. */
function program(entry) {
  return { args: ['--import', 'tsx', entry], needs: entry, channel: true };
}

function tool(path, ...args) {
  return { args: [join('node_modules', path), ...args], needs: join('node_modules', path), channel: false };
}

function named(name, command) {
  return { ...command, name };
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  fail(
    `Countersign needs Node ${NODE_MIN.join('.')} or newer; this is ${process.versions.node}. ` +
      'Install a current one from https://nodejs.org and run the command again.',
  );
}

/** Installs what package-lock.json names, unless that is what node_modules holds already. */
function ensureInstalled() {
  const lockText = readFileSync(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lockText).digest('hex');
  const stamp = join(modules, '.countersign-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  const lock = JSON.parse(lockText.toString('utf8'));
  if (!isInstalled(lock)) {
    const count = Object.keys(lock.packages).length - 1;
    process.stderr.write(`Installing ${count} packages with npm ci; the first time takes a minute or two …\n`);
    const began = performance.now();
    // npm says where it is itself; otherwise the npm on PATH is taken.
    const own = process.env.npm_execpath;
    const [command, before] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
    const done = spawnSync(command, [...before, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: 'inherit',
    });
    if (done.error !== undefined)
      fail(`npm could not be run (${done.error.message}). It comes with Node; put it on PATH.`);
    if (done.status !== 0)
      fail('npm ci failed; what it said is above. Check the connection to the registry and run the command again.');
    process.stderr.write(`Installed in ${Math.round((performance.now() - began) / 1000)} s.\n`);
  }
  writeFileSync(stamp, digest);
}

/** Compares with the note npm leaves of what it installed. Optional packages of other platforms may be missing. */
function isInstalled(lock) {
  const note = join(modules, '.package-lock.json');
  if (!existsSync(note)) return false;
  const there = JSON.parse(readFileSync(note, 'utf8')).packages ?? {};
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '');
  return (
    wanted.every(([path, { version, optional, link }]) => {
      if (there[path] === undefined) return optional === true || link === true;
      return there[path].version === version && existsSync(join(root, path));
    }) && Object.keys(there).every((path) => lock.packages[path] !== undefined)
  );
}

/** A terminal tells the whole group to stop, but whoever ends npm alone leaves this process behind without a word. */
function watchForNpm(onGone) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  return setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, parentLookMs);
}

/** Runs one command in the foreground and returns its exit code; signals to this process reach it. */
async function runCommand(command, args) {
  if (!existsSync(join(root, command.needs))) {
    process.stderr.write(`${command.needs} is not there. Is the checkout complete?\n`);
    return 1;
  }
  const child = spawn(process.execPath, [...command.args, ...args], {
    cwd: root,
    stdio: command.channel ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
  });
  const forward = (signal) => {
    if (child.exitCode === null) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  const orphaned = watchForNpm(() => forward('SIGTERM'));
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(1);
    });
    child.once('exit', (status, signal) => {
      resolve(status ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0));
    });
  });
  for (const signal of signals) process.off(signal, forward);
  clearInterval(orphaned);
  return code;
}

function usage() {
  const lines = Object.entries(tasks).map(([name, { says }]) => `  ${name.padEnd(11)} ${says}`);
  return `Usage: node infra/dev/run.mjs <task> [arguments]\n${lines.join('\n')}`;
}

checkNode();
const [name, ...args] = process.argv.slice(2);
const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined;
if (task === undefined) fail(usage());
ensureInstalled();
const failed = [];
for (const [index, command] of task.run.entries()) {
  if (command.name !== undefined) process.stdout.write(`\n── ${command.name}\n`);
  const code = await runCommand(command, index === task.run.length - 1 ? args : []);
  if (task.run.length === 1) process.exit(code);
  if (code !== 0) failed.push(command.name);
}
process.stdout.write(failed.length === 0 ? '\nEverything holds.\n' : `\nNot in order: ${failed.join(', ')}.\n`);
process.exit(failed.length === 0 ? 0 : 1);
