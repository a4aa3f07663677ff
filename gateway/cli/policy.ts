import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { createMasker } from '../masking/masker.ts';

const help = `countersign policy check FILE…

Checks configuration files and folders the way a gateway does at start, all problems at once.
References (env:NAME, file:/path) are resolved from this shell's environment.

  --json   print the result as JSON
`;

/** `countersign policy`. Exit code 0: sound; 1: not sound; 2: called wrongly. */
export async function policyCommand(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  const [verb, ...paths] = args.filter((arg) => arg !== '--json');
  if (verb === undefined || verb === '--help') {
    process.stdout.write(help);
    return verb === undefined ? 2 : 0;
  }
  if (verb !== 'check' || paths.length === 0) {
    process.stderr.write('countersign policy: say what to check: countersign policy check FILE\n');
    return 2;
  }
  return check(paths, json);
}

function check(paths: readonly string[], json: boolean): number {
  try {
    const config = loadConfig(paths, { env: process.env, loopback: true, detectorsDigest: createMasker().digest });
    const { policyDigest, connections, policy } = config;
    const counts = `${connections.length} connections, ${policy.rules.length} rules`;
    process.stdout.write(
      json ? `${JSON.stringify({ ok: true, policyDigest })}\n` : `sound: ${counts}, ${policyDigest}\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, problems: error.problems })}\n`);
    else process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
