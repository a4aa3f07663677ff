import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly msMax: number;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Called every 15 seconds with the seconds passed, so that a long step does not look dead. */
  readonly onWait?: (seconds: number) => void;
}

const waitNoteMs = 15_000;
const outputCharsMax = 64 * 1024;

/** Runs a command to its end and returns what it printed. Throws with its last line when it fails or takes too long. */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  return await new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(options.msMax);
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      signal: options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]),
      killSignal: 'SIGKILL',
      ...options.user,
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-outputCharsMax);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    let notes = 0;
    const ticker = setInterval(() => {
      notes += 1;
      options.onWait?.((notes * waitNoteMs) / 1000);
    }, waitNoteMs);
    child.once('error', (error) => {
      clearInterval(ticker);
      if (options.signal?.aborted === true) reject(new Error('stopped'));
      else if (limit.aborted) reject(new Error(`gave up after ${String(options.msMax / 1000)} s`));
      else if ('code' in error && error.code === 'ENOENT') reject(new Error(`there is no ${command} on PATH`));
      else reject(error);
    });
    child.once('close', (code) => {
      clearInterval(ticker);
      if (code === 0) resolve(output);
      else reject(new Error(lastLine(output) ?? `${command} ended with code ${String(code)}`));
    });
  });
}

function lastLine(output: string): string | undefined {
  return output
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '');
}
