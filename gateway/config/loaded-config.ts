import type { UsedPack } from '../policy/packs/use-packs.ts';
import type { Config } from './config.ts';
import type { ReadSource } from './read-source.ts';

/** What was read, sound in all but perhaps its own tests. */
export interface LoadedConfig {
  readonly config: Config;
  readonly files: readonly ReadSource[];
  readonly packs: readonly UsedPack[];
}
