import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Program } from '../../infra/dev/program.ts';
import { needsOf, startOrder, type ComposeFile, type ComposeService } from './compose-file.ts';

const jobMsMax = 120_000;
const readyMsMax = 120_000;
const healthMsMax = 20_000;

/** What text of the file stands for when a service runs outside a container. Everything else is used as written. */
export interface Translation {
  /** `host:port` of services that are not ours → where their stand-ins listen. */
  readonly addresses: Readonly<Record<string, string>>;
  /** A port ours listen on in the file → a free one. */
  readonly ports: Readonly<Record<string, string>>;
  /** A path in a container → one on this machine. */
  readonly folders: Readonly<Record<string, string>>;
}

/** Applies a translation to one value of an environment or to one word of a command. */
function translate(value: string, { addresses, ports, folders }: Translation): string {
  let text = ports[value] ?? value;
  for (const [from, to] of Object.entries(addresses)) text = text.replaceAll(from, to);
  for (const [from, to] of Object.entries(ports)) text = text.replaceAll(`localhost:${from}`, `localhost:${to}`);
  for (const [from, to] of Object.entries(folders)) {
    if (text === from || text.startsWith(`${from}/`)) text = to + text.slice(from.length);
  }
  return text;
}

export interface ComposeRunOptions {
  readonly file: ComposeFile;
  /** Only services of this image are run; what others give must be there already. */
  readonly image: string;
  /** What the image itself sets, before the service's own environment. */
  readonly imageEnv: Readonly<Record<string, string>>;
  /** The folder that is the image's working directory. */
  readonly cwd: string;
  readonly translation: Translation;
  readonly logDir: string;
  readonly now: () => number;
}

/** Services of a compose file as processes of this machine: jobs to their end, programs until they are healthy. */
export class ComposeRun {
  readonly #options: ComposeRunOptions;
  readonly #programs: Program[] = [];
  #stopping = false;
  /** Names of the jobs that succeeded and of the programs that became healthy. */
  readonly started: string[] = [];

  constructor(options: ComposeRunOptions) {
    this.#options = options;
  }

  /**
   * Starts every service of the image as soon as what it waits for allows, and resolves when all are healthy.
   * Throws with the end of the log of one that fails.
   */
  async start(): Promise<void> {
    const { file, image, logDir, translation } = this.#options;
    for (const folder of [logDir, ...Object.values(translation.folders)]) await mkdir(folder, { recursive: true });
    const jobs = jobsOf(file);
    const begun = new Map<string, Promise<unknown>>();
    const settled = new Map<string, Promise<unknown>>();
    for (const name of startOrder(file)) {
      const service = file.services[name];
      if (service?.image !== image) continue;
      // What is not ours is there already.
      const needs = Object.entries(needsOf(service)).flatMap(
        ([need, condition]) => (condition === 'service_started' ? begun : settled).get(need) ?? [],
      );
      const may = Promise.all(needs);
      begun.set(name, may);
      settled.set(
        name,
        may.then(() => (jobs.has(name) ? this.#runJob(name, service) : this.#startProgram(name, service))),
      );
    }
    await Promise.all(settled.values());
  }

  /** Stops the programs in the reverse order, one that fails to notwithstanding. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const program of this.#programs.toReversed()) await program.stop().catch(() => undefined);
  }

  async #runJob(name: string, service: ComposeService): Promise<void> {
    if (this.#stopping) return;
    await this.#run(service.command ?? [], this.#envOf(service), jobMsMax);
    this.started.push(name);
  }

  async #startProgram(name: string, service: ComposeService): Promise<void> {
    if (this.#stopping) return;
    const { cwd, logDir, now } = this.#options;
    const [command, ...args] = this.#words(service.command ?? []);
    const [, ...check] = service.healthcheck?.test ?? [];
    const program = new Program(
      {
        name,
        command: command ?? '',
        args,
        cwd,
        env: () => this.#envOf(service),
        logFile: join(logDir, `${name}.log`),
        ready: () => this.#run(check, this.#envOf(service), healthMsMax),
        readyMsMax,
        after: [],
      },
      { spawned: () => undefined, crashed: () => undefined, recovered: () => undefined },
      now,
    );
    this.#programs.push(program);
    await program.start();
    this.started.push(name);
  }

  async #run(words: readonly string[], env: Record<string, string>, msMax: number): Promise<void> {
    const [command = '', ...args] = this.#words(words);
    await promisify(execFile)(command, args, { cwd: this.#options.cwd, env, timeout: msMax });
  }

  /** `node` is the image's only program, and here the one that runs the tests. */
  #words([command, ...args]: readonly string[]): readonly string[] {
    if (command !== 'node') throw new Error(`The image has no program "${command ?? ''}".`);
    return [process.execPath, ...args.map((word) => translate(word, this.#options.translation))];
  }

  /** Nothing of the surroundings gets in beyond what Node itself needs, so that a missing variable shows. */
  #envOf(service: ComposeService): Record<string, string> {
    const set = { ...this.#options.imageEnv, ...service.environment };
    const translated = Object.entries(set).map(([key, value]) => [key, translate(value, this.#options.translation)]);
    return { PATH: process.env['PATH'] ?? '', HOME: this.#options.logDir, ...Object.fromEntries(translated) } as Record<
      string,
      string
    >;
  }
}

/** Services whose end another one waits for. */
function jobsOf({ services }: ComposeFile): ReadonlySet<string> {
  const needs = Object.values(services).flatMap((service) => Object.entries(needsOf(service)));
  return new Set(needs.flatMap(([name, condition]) => (condition === 'service_completed_successfully' ? [name] : [])));
}
