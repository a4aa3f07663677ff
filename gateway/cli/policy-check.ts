import { loadConfig } from '../config/load.ts';
import { describeProblem, type Problem } from '../config/problems.ts';
import { loadOptions, orSayWhy, writeJson } from './policy-files.ts';
import type { PolicyValues } from './policy-options.ts';

/** `countersign policy check`. Exit code 0: sound, be it with warnings; 1: not sound. */
export function checkPolicy(paths: readonly string[], { json = false }: PolicyValues): number {
  const warnings: Problem[] = [];
  const warn = (found: readonly Problem[]): void => void warnings.push(...found);
  const config = orSayWhy(json, () => loadConfig(paths, { ...loadOptions(), warn }));
  if (config === undefined) return 1;
  const { connections, policy, policyDigest } = config;
  if (json) writeJson({ ok: true, policyDigest, warnings });
  else {
    for (const warning of warnings) process.stdout.write(`warning: ${describeProblem(warning)}\n`);
    process.stdout.write(`sound: ${connections.length} connections, ${policy.rules.length} rules, ${policyDigest}\n`);
  }
  return 0;
}
