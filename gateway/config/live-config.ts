import type { Logger } from 'pino';
import type { EntryDraft } from '../../workflows/contract/entry.ts';
import { createMasker, type Masker } from '../masking/masker.ts';
import type { Config } from './config.ts';
import { FileWatch } from './file-watch.ts';
import { expandPaths, loadConfig, secretsOf } from './load.ts';
import { ConfigError, type Problem } from './problems.ts';

/** A change is seen at the second look that agrees, which is within a second. */
const lookEveryMs = 500;
/** Credentials of earlier versions that are masked still, the newest of them. */
const earlierSecretsMax = 1_000;
/** As many as an entry of the ledger has room for. */
const problemsMax = 50;

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

export interface ConfigListener {
  /**
   * Stores and records a version before it takes effect. While this rejects, the version in force stays, and it is
   * asked again at every look.
   */
  readonly record: (before: Config, next: Config) => Promise<void>;
  /** A version has taken effect in this very moment. */
  readonly tookEffect: () => void;
  /** Files changed and are not sound; what the ledger should know of it. */
  readonly rejected: (entry: EntryDraft) => Promise<void>;
}

/**
 * The configuration in force. Its files, and those that `file:` refers to, are looked at all the time; a new version
 * takes over whole, once it is recorded, and one with a problem not at all. Whoever reads {@link current} once judges by
 * one version.
 */
export class LiveConfig {
  readonly #options: LiveConfigOptions;
  readonly #files: FileWatch;
  #current: Config;
  #masker: Masker;
  /** Of every version so far, the newest last: an answer that began under one version may end under the next. */
  #secrets: readonly string[];
  /** Sound, and not recorded yet. */
  #next: Config | undefined;
  #isRecording = false;
  #listener: ConfigListener | undefined;
  #stop: (() => void) | undefined;

  /** Throws ConfigError. */
  constructor(options: LiveConfigOptions) {
    this.#options = options;
    this.#files = new FileWatch(() => namedFiles(options.paths));
    this.#current = this.#load();
    this.#secrets = secretsOf(this.#current);
    this.#masker = createMasker({ knownSecrets: this.#secrets });
  }

  get current(): Config {
    return this.#current;
  }

  /** Masks by the rules in force, the connections' own credentials among them, those of earlier versions too. */
  readonly masker: Masker = {
    maskJson: (bytes, seam, fields) => this.#masker.maskJson(bytes, seam, fields),
    maskText: (text, fields) => this.#masker.maskText(text, fields),
    digest: createMasker().digest,
  };

  /** Starts watching. */
  watch(listener: ConfigListener): void {
    this.#listener = listener;
    this.#stop = (this.#options.schedule ?? scheduleByTimer)(() => this.#look(), lookEveryMs);
  }

  stop(): void {
    this.#stop?.();
  }

  #look(): void {
    if (this.#isRecording) return;
    if (this.#files.settled()) this.#read();
    if (this.#next !== undefined) void this.#adopt(this.#next);
  }

  /** A newer state of the files takes the place of one that could not be recorded so far. */
  #read(): void {
    this.#next = undefined;
    try {
      this.#next = this.#load();
    } catch (error) {
      const reason = error instanceof ConfigError ? error.message : 'the files cannot be read';
      this.#options.log.error({ reason }, 'the new configuration is refused, the old one stays in force');
      const found = error instanceof ConfigError ? error.problems.slice(0, problemsMax) : [];
      const problems = found.map(({ file, line }) => `${file}:${line}`);
      const { policyDigest } = this.#current;
      this.#listener
        ?.rejected({ kind: 'policy.rejected', facts: { policyDigest, problems } })
        .catch((failure: unknown) => {
          this.#options.log.warn({ reason: (failure as Error).message }, 'a refused configuration was not recorded');
        });
    }
  }

  async #adopt(next: Config): Promise<void> {
    this.#isRecording = true;
    try {
      await this.#listener?.record(this.#current, next);
      this.#takeEffect(next);
    } catch (error) {
      const reason = (error as Error).message;
      this.#options.log.warn({ reason }, 'a new configuration cannot be recorded yet, the old one stays in force');
    } finally {
      this.#isRecording = false;
    }
  }

  /** In one step: nobody sees one half of a version. */
  #takeEffect(next: Config): void {
    const own = secretsOf(next);
    const earlier = this.#secrets.filter((secret) => !own.includes(secret));
    this.#secrets = [...earlier.slice(-earlierSecretsMax), ...own];
    this.#masker = createMasker({ knownSecrets: this.#secrets });
    this.#current = next;
    this.#next = undefined;
    this.#listener?.tookEffect();
    this.#options.log.info({ policyDigest: next.policyDigest }, 'a new configuration is in force');
  }

  #load(): Config {
    const { paths, env, loopback, log } = this.#options;
    const { readFile } = this.#files;
    const warn = (warnings: readonly Problem[]): void => {
      for (const { file, line, message } of warnings) log.warn({ at: `${file}:${line}` }, message);
    };
    return loadConfig(paths, { env, loopback, detectorsDigest: this.masker.digest, readFile, warn });
  }
}

function namedFiles(paths: readonly string[]): readonly string[] {
  try {
    return expandPaths(paths);
  } catch {
    return paths;
  }
}
