import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { installLocked } from '../support/locked-install.ts';
import { nodeTwentyTwo } from '../support/node-22.ts';
import { readFindings, type Findings } from './checks.ts';

/** The sets of scenarios that a revision of the protocol requires. */
export const requirementSets = ['2025-11-25', '2026-07-28'] as const;
export type RequirementSet = (typeof requirementSets)[number];

export interface Requirements {
  /** Scenarios that must pass. */
  readonly scored: ReadonlySet<string>;
  /** All that the suite runs for the set. */
  readonly all: ReadonlySet<string>;
}

/** The official suite, `@modelcontextprotocol/conformance`, as installed for this checkout. */
export interface Suite {
  readonly requirements: (set: RequirementSet) => Requirements;
  /** Runs a set, or one scenario of it, against the server at `url`. */
  readonly runServer: (url: string, set: RequirementSet, only?: string) => Promise<Findings>;
  /** Runs one client scenario; `command` gets the URL of the suite's server as its last argument. */
  readonly runClient: (command: string, scenario: string, set: RequirementSet) => Promise<Findings>;
}

interface RequirementsFile {
  readonly server: readonly string[];
  readonly not_scored: readonly { readonly scenario: string; readonly leg: string }[];
}

const scenarioMsMax = 30_000;
const runMsMax = 5 * 60_000;

/** @param outDir where the suite's own reports go; `signal` ends what runs */
export async function installSuite(outDir: string, signal: AbortSignal, say: (line: string) => void): Promise<Suite> {
  const node = await nodeTwentyTwo(say);
  const home = join(await installLocked('test/conformance/suite', say), '@modelcontextprotocol/conformance');

  const run = async (args: readonly string[]): Promise<Findings> => {
    const out = mkdtempSync(join(outDir, 'run-'));
    const flags = ['--timeout', String(scenarioMsMax), '-o', out];
    const printed = await runToEnd(node, [join(home, 'dist/index.js'), ...args, ...flags], signal);
    const findings = readFindings(out);
    rmSync(out, { recursive: true });
    if (findings.size === 0) throw new Error(`The suite ran nothing for "${args.join(' ')}". It printed: ${printed}`);
    return findings;
  };

  return {
    requirements: (set) => {
      const file = parse(readFileSync(join(home, `requirements/${set}.yaml`), 'utf8')) as RequirementsFile;
      const unscored = file.not_scored.filter(({ leg }) => leg === 'server').map(({ scenario }) => scenario);
      return { scored: new Set(file.server), all: new Set([...file.server, ...unscored]) };
    },
    runServer: (url, set, only) => {
      const which = only === undefined ? ['--requirements', set] : ['--scenario', only, '--spec-version', set];
      return run(['server', '--url', url, ...which]);
    },
    runClient: (command, scenario, set) =>
      run(['client', '--command', command, '--scenario', scenario, '--spec-version', set]),
  };
}

/** The suite ends with 1 when something failed, which its reports say better; so only what it printed comes back. */
async function runToEnd(command: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: runMsMax, signal });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString('utf8')).slice(-2_000);
    });
  }
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return printed;
}
