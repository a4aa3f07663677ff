import { readConfig, type LoadOptions } from '../config/load.ts';
import type { LoadedConfig } from '../config/loaded-config.ts';
import { ConfigError, type Problem } from '../config/problems.ts';
import { createMasker } from '../masking/masker.ts';
import { isLoopback } from '../settings.ts';

/** How a gateway would read its files in this shell. */
export function loadOptions(env = process.env): LoadOptions {
  const loopback = isLoopback(env['COUNTERSIGN_HOST'] ?? '127.0.0.1');
  return { env, loopback, detectorsDigest: createMasker().digest };
}

/** Undefined: they are not sound, and what is wrong has been said. */
export function readPolicy(paths: readonly string[], json: boolean): LoadedConfig | undefined {
  return orSayWhy(json, () => readConfig(paths, loadOptions()));
}

export function orSayWhy<T>(json: boolean, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    sayProblems(error.problems, json);
    return undefined;
  }
}

function sayProblems(problems: readonly Problem[], json: boolean): void {
  if (json) writeJson({ ok: false, problems });
  else process.stderr.write(`${new ConfigError(problems).message}\n`);
}

export function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
