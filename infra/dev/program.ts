import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadyCheck } from './readiness.ts';

/** One program of the world: how to run it, and how to know that it can be used. */
export interface ProgramSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Made anew for every spawn, so that an instance id is never used by two processes. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly ready: ReadyCheck;
  readonly readyMsMax: number;
  /** Names of the steps that must be done before this one starts. */
  readonly after: readonly string[];
  /** How it is asked to stop; SIGTERM unless told. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take over that before SIGKILL; 15 seconds unless told. */
  readonly stopMsMax?: number;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Cleans up what a crash left behind. Runs before every spawn. */
  readonly prepare?: () => Promise<void>;
}

export interface ProgramEvents {
  /** A process exists under this pid, or none any more. */
  readonly spawned: (name: string, pid: number | undefined) => void;
  readonly crashed: (name: string, how: string, delayMs: number) => void;
  readonly recovered: (name: string, pid: number) => void;
}

const readyPollMs = 100;
const backOffMsMin = 200;
const backOffMsMax = 5_000;
/** After this long without a crash the next one is forgiven at once. */
const stableMs = 10_000;
const stopMsMaxDefault = 15_000;
const killMsMax = 5_000;
const logTailLines = 12;
const logTailBytesMax = 64 * 1024;

/**
 * Runs one program until it is stopped: a crash is followed by a new start, with growing pauses.
 * Invariant: at most one process of the program is alive, and `readyPid` names it or nothing.
 */
export class Program {
  readonly spec: ProgramSpec;
  readonly #events: ProgramEvents;
  readonly #now: () => number;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #exited: Promise<string> = Promise.resolve('');
  #readyPid: number | undefined;
  #forgive = false;
  #guard: Promise<void> | undefined;

  constructor(spec: ProgramSpec, events: ProgramEvents, now: () => number) {
    this.spec = spec;
    this.#events = events;
    this.#now = now;
  }

  /** The process that answers, while there is one. */
  get readyPid(): number | undefined {
    return this.#readyPid;
  }

  /** Starts the program and waits until it is ready. Throws with the end of its log when it does not come up. */
  async start(): Promise<void> {
    await this.#bringUp();
    this.#guard = this.#keepAlive();
  }

  /** Sends a signal, and leaves the rest to the restart that follows. */
  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Replaces the running process by a new one and waits until that is ready. */
  async restart(): Promise<void> {
    const old = this.#child?.pid;
    this.#forgive = true;
    await this.#terminate();
    await this.untilReplaced(old);
  }

  /** Waits until another process than `old` is ready. */
  async untilReplaced(old: number | undefined): Promise<number> {
    const deadline = this.#now() + this.spec.readyMsMax + backOffMsMax;
    for (;;) {
      if (this.#readyPid !== undefined && this.#readyPid !== old) return this.#readyPid;
      if (this.#now() > deadline || this.#stopping.signal.aborted) {
        throw new Error(`${this.spec.name} did not come back; see ${this.spec.logFile}`);
      }
      await sleep(readyPollMs);
    }
  }

  /** Stops the program for good: its stop signal first, SIGKILL when that does not help in time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#terminate();
    await this.#guard;
  }

  async #bringUp(): Promise<void> {
    const { spec } = this;
    await spec.prepare?.();
    if (this.#stopping.signal.aborted) throw new Error(`${spec.name} was stopped before it started`);
    const exited = this.#spawn();
    let gone: string | undefined;
    void exited.then((how) => (gone = how));
    const deadline = this.#now() + spec.readyMsMax;
    for (;;) {
      const reason = await spec.ready().then(
        () => undefined,
        (error: unknown) => describe(error),
      );
      // Another process may answer on the port of one that is already gone.
      if (gone !== undefined) throw new Error(`${spec.name} ${gone} before it was ready.\n${logTail(spec.logFile)}`);
      if (reason === undefined) break;
      if (this.#now() > deadline) {
        await this.#terminate();
        const waited = `${String(Math.round(spec.readyMsMax / 1000))} s`;
        throw new Error(`${spec.name} was not ready after ${waited}: ${reason}.\n${logTail(spec.logFile)}`);
      }
      await Promise.race([sleep(readyPollMs), exited]);
    }
    this.#readyPid = this.#child?.pid;
  }

  #spawn(): Promise<string> {
    const { spec } = this;
    const log = openSync(spec.logFile, 'a', 0o600);
    // Detached, so that Ctrl-C in a terminal reaches the supervisor alone, which stops programs in order.
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env(),
      stdio: ['ignore', log, log],
      detached: true,
      ...spec.user,
    });
    closeSync(log);
    this.#child = child;
    this.#events.spawned(spec.name, child.pid);
    this.#exited = new Promise((resolve) => {
      const ended = (how: string) => {
        this.#readyPid = undefined;
        this.#child = undefined;
        this.#events.spawned(spec.name, undefined);
        resolve(how);
      };
      child.once('error', (error) => {
        if (child.pid === undefined) ended(`could not be run (${error.message})`);
      });
      child.once('exit', (code, signal) => {
        ended(signal === null ? `exited with code ${String(code)}` : `was ended by ${signal}`);
      });
    });
    return this.#exited;
  }

  async #keepAlive(): Promise<void> {
    let crashes = 0;
    let upSince = this.#now();
    for (;;) {
      let how = await this.#exited;
      if (this.#now() - upSince > stableMs) crashes = 0;
      while (!this.#stopping.signal.aborted) {
        const delayMs = this.#forgive ? 0 : Math.min(backOffMsMin * 2 ** crashes, backOffMsMax);
        if (!this.#forgive) this.#events.crashed(this.spec.name, how, delayMs);
        this.#forgive = false;
        crashes += 1;
        await sleep(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
        try {
          await this.#bringUp();
          break;
        } catch (error) {
          how = describe(error).split('\n')[0] ?? 'failed';
        }
      }
      if (this.#stopping.signal.aborted) return;
      upSince = this.#now();
      if (this.#readyPid !== undefined) this.#events.recovered(this.spec.name, this.#readyPid);
    }
  }

  async #terminate(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill(this.spec.stopSignal ?? 'SIGTERM');
    if (await settled(this.#exited, this.spec.stopMsMax ?? stopMsMaxDefault)) return;
    child.kill('SIGKILL');
    await settled(this.#exited, killMsMax);
  }
}

async function settled(promise: Promise<unknown>, msMax: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(msMax, false, { signal: timer.signal }).catch(() => false);
  const done = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return done;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function logTail(file: string): string {
  try {
    const lines = readFileSync(file).subarray(-logTailBytesMax).toString('utf8').trimEnd().split('\n');
    return `The end of ${file}:\n${lines
      .slice(-logTailLines)
      .map((line) => `  ${line}`)
      .join('\n')}`;
  } catch {
    return `It wrote no log (${file}).`;
  }
}
