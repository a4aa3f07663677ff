import { spawn } from 'node:child_process';

export interface Ended {
  /** Null when the child was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longer than any client waits here. */
const childMsMax = 4 * 60_000;

/** Runs a client that is a program of its own to its end, whatever its exit code, and kills it after `msMax`. */
export async function runClient(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string; readonly msMax?: number } = {},
): Promise<Ended> {
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      timeout: options.msMax ?? childMsMax,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => (output[name] += chunk));
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
    // A child that ended without reading is known by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
