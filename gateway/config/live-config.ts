import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { EntryDraft } from '../../workflows/contract/entry.ts';
import { createMasker, type Masker } from '../masking/masker.ts';
import { expandPaths, loadConfig } from './load.ts';
import { ConfigError } from './problems.ts';
import type { Config } from './config.ts';

const lookEveryMs = 1_000;

export interface LiveConfigOptions {
  readonly paths: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly loopback: boolean;
  readonly log: Logger;
}

/**
 * The configuration in force. Files are looked at each second by their content, so that editors that rename and mounted
 * ConfigMaps are noticed alike; a new version takes over whole, and one with a problem not at all.
 */
export class LiveConfig {
  readonly #options: LiveConfigOptions;
  #current: Config;
  #fingerprint: string;
  #masker: Masker;
  #listener: ((change: EntryDraft) => Promise<void>) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Throws ConfigError. */
  constructor(options: LiveConfigOptions) {
    this.#options = options;
    this.#fingerprint = this.#look();
    this.#current = this.#load();
    this.#masker = maskerFor(this.#current);
  }

  get current(): Config {
    return this.#current;
  }

  /** Masks by the rules in force, the connections' own credentials among them. */
  readonly masker: Masker = {
    maskJson: (bytes) => this.#masker.maskJson(bytes),
    maskText: (text) => this.#masker.maskText(text),
    digest: createMasker().digest,
  };

  /** Starts watching. The listener gets what the ledger should know of each change, taken or refused. */
  watch(listener: (change: EntryDraft) => Promise<void>): void {
    this.#listener = listener;
    this.#timer = setInterval(() => this.#check(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const fingerprint = this.#look();
    if (fingerprint === this.#fingerprint) return;
    this.#fingerprint = fingerprint;
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
    return loadConfig(paths, { env, loopback, detectorsDigest: this.masker.digest });
  }

  /** Content and not times: a file restored with its old time is a change as well. */
  #look(): string {
    const hash = createHash('sha256');
    for (const path of this.#files()) hash.update(path).update('\0').update(read(path)).update('\0');
    return hash.digest('hex');
  }

  #files(): readonly string[] {
    try {
      return expandPaths(this.#options.paths);
    } catch {
      return this.#options.paths;
    }
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function maskerFor(config: Config): Masker {
  const knownSecrets = config.connections.flatMap(({ upstream: { credential } }) => {
    if (credential === undefined) return [];
    return ['bearer' in credential ? credential.bearer : credential.value];
  });
  return createMasker({ knownSecrets });
}
