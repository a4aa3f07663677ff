import type { Logger } from 'pino';
import type { EntryDraft } from '../../workflows/contract/entry.ts';
import { createMasker, type Masker } from '../masking/masker.ts';
import type { Config } from './config.ts';
import { FileWatch } from './file-watch.ts';
import { expandPaths, loadConfig } from './load.ts';
import { ConfigError } from './problems.ts';
import { upstreamSecrets } from './upstream-secrets.ts';

/** A change is taken at the second look that sees it, which is within a second. */
const lookEveryMs = 500;

/** Calls `look` at every interval until the returned function is called. */
export type Schedule = (look: () => void, everyMs: number) => () => void;

const scheduleByTimer: Schedule = (look, everyMs) => {
  const timer = setInterval(look, everyMs);
  return () => clearInterval(timer);
};

export interface LiveConfigOptions {
  readonly paths: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly loopback: boolean;
  readonly log: Logger;
  /** The default is a timer. */
  readonly schedule?: Schedule;
}

/**
 * The configuration in force. Its files, and those that `file:` refers to, are looked at all the time; a new version
 * takes over whole, and one with a problem not at all.
 */
export class LiveConfig {
  readonly #options: LiveConfigOptions;
  readonly #files: FileWatch;
  #current: Config;
  #masker: Masker;
  #listener: ((change: EntryDraft) => Promise<void>) | undefined;
  #stop: (() => void) | undefined;

  /** Throws ConfigError. */
  constructor(options: LiveConfigOptions) {
    this.#options = options;
    this.#files = new FileWatch(() => namedFiles(options.paths));
    this.#current = this.#load();
    this.#masker = maskerFor(this.#current);
  }

  get current(): Config {
    return this.#current;
  }

  /** Masks by the rules in force, the connections' own credentials among them. */
  readonly masker: Masker = {
    maskJson: (bytes, seam, fields) => this.#masker.maskJson(bytes, seam, fields),
    maskText: (text, fields) => this.#masker.maskText(text, fields),
    digest: createMasker().digest,
  };

  /** Starts watching. The listener gets what the ledger should know of each change, taken or refused. */
  watch(listener: (change: EntryDraft) => Promise<void>): void {
    this.#listener = listener;
    this.#stop = (this.#options.schedule ?? scheduleByTimer)(() => this.#check(), lookEveryMs);
  }

  stop(): void {
    this.#stop?.();
  }

  #check(): void {
    if (!this.#files.settled()) return;
    const before = this.#current.policyDigest;
    try {
      const next = this.#load();
      this.#masker = maskerFor(next);
      this.#current = next;
      this.#options.log.info({ policyDigest: next.policyDigest }, 'a new configuration is in force');
      this.#tell({ kind: 'policy.changed', facts: { before, policyDigest: next.policyDigest } });
    } catch (error) {
      const reason = error instanceof ConfigError ? error.message : 'the files cannot be read';
      this.#options.log.error({ reason }, 'the new configuration is refused, the old one stays in force');
      const problems = error instanceof ConfigError ? error.problems.map(({ file, line }) => `${file}:${line}`) : [];
      this.#tell({ kind: 'policy.rejected', facts: { policyDigest: before, problems } });
    }
  }

  #tell(change: EntryDraft): void {
    this.#listener?.(change).catch((error: unknown) => {
      this.#options.log.warn({ reason: (error as Error).message }, 'a change of configuration could not be recorded');
    });
  }

  #load(): Config {
    const { paths, env, loopback } = this.#options;
    const { readFile } = this.#files;
    return loadConfig(paths, { env, loopback, detectorsDigest: this.masker.digest, readFile });
  }
}

function namedFiles(paths: readonly string[]): readonly string[] {
  try {
    return expandPaths(paths);
  } catch {
    return paths;
  }
}

function maskerFor(config: Config): Masker {
  const issuerSecrets = config.issuers.flatMap(({ bearer }) => bearer ?? []);
  const knownSecrets = [...config.connections.flatMap(upstreamSecrets), ...issuerSecrets];
  return createMasker({ knownSecrets });
}
