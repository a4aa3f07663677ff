import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { createMasker } from '../masking/masker.ts';
import { isLoopback } from '../settings.ts';
import { explainCall, explainHelp, explainInWords, explainOptions, readAskedCall, type AskedCall } from './explain.ts';
import { isAboutVersions, policyVersionsCommand } from './policy-versions.ts';
import { runVerb, UsageError } from './verbs.ts';

const help = `countersign policy check FILE…
countersign policy explain FILE… --connection NAME --tool NAME [--args JSON] [--group NAME]…

check    checks configuration files and folders the way a gateway does at start, all problems at once.
explain  judges one call by them, and tells of each rule whether it applies or what does not fit.
versions, show, diff   the versions that were in force; see countersign policy versions --help.
References (env:NAME, file:/path) are resolved from this shell's environment.

${explainHelp}`;

const options = {
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  ...explainOptions,
} as const;

/** `countersign policy`. Exit code 0: sound, or explained; 1: not sound; 2: called wrongly. */
export async function policyCommand(args: readonly string[]): Promise<number> {
  if (isAboutVersions(args)) return policyVersionsCommand(args, process.env);
  return runVerb({ name: 'policy', help, options }, args, (verb, values, paths) => {
    if (verb !== 'check' && verb !== 'explain') throw new UsageError(`there is no "${verb}"; write check or explain`);
    if (paths.length === 0) throw new UsageError(`say of which file: countersign policy ${verb} FILE`);
    const asked = verb === 'explain' ? readAskedCall(values, new Date()) : undefined;
    return answer(paths, asked, values.json === true);
  });
}

function answer(paths: readonly string[], asked: AskedCall | undefined, json: boolean): number {
  let config: Config;
  try {
    const loopback = isLoopback(process.env['COUNTERSIGN_HOST'] ?? '127.0.0.1');
    config = loadConfig(paths, { env: process.env, loopback, detectorsDigest: createMasker().digest });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, problems: error.problems })}\n`);
    else process.stderr.write(`${error.message}\n`);
    return 1;
  }
  const { policyDigest, connections, policy } = config;
  if (asked !== undefined) {
    const explained = explainCall(config, asked);
    process.stdout.write(
      json ? `${JSON.stringify({ ok: true, policyDigest, ...explained })}\n` : explainInWords(explained),
    );
  } else if (json) {
    process.stdout.write(`${JSON.stringify({ ok: true, policyDigest })}\n`);
  } else {
    process.stdout.write(`sound: ${connections.length} connections, ${policy.rules.length} rules, ${policyDigest}\n`);
  }
  return 0;
}
