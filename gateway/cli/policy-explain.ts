import { loadConfig } from '../config/load.ts';
import { explainCall, explainInWords, readAskedCall } from './explain.ts';
import { loadOptions, orSayWhy, writeJson } from './policy-files.ts';
import type { PolicyValues } from './policy-options.ts';

/** `countersign policy explain`. Exit code 0: explained; 1: the files are not sound. */
export function explainPolicy(paths: readonly string[], values: PolicyValues): number {
  const asked = readAskedCall(values, new Date());
  const config = orSayWhy(values.json === true, () => loadConfig(paths, loadOptions()));
  if (config === undefined) return 1;
  const explained = explainCall(config, asked);
  if (values.json === true) writeJson({ ok: true, policyDigest: config.policyDigest, ...explained });
  else process.stdout.write(explainInWords(explained));
  return 0;
}
