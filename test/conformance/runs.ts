import { compareFindings, mergeRuns, scoredFailures, type Difference, type Findings } from './checks.ts';
import { clientScenarios, runClientDirectly, runClientThrough } from './client-leg.ts';
import { comeBacksMax, exceptionFor, exceptions, hurriedScenarios, isAbout } from './exceptions.ts';
import type { Gateway } from './gateway.ts';
import type { Row } from './report.ts';
import type { RequirementSet, Suite } from './suite.ts';

export const paths = ['direct', 'gateway', 'approved'] as const;
export type Path = (typeof paths)[number];

export interface Choice {
  readonly sets: readonly RequirementSet[];
  readonly paths: readonly Path[];
  readonly only: string | undefined;
}

export interface Parts {
  readonly suite: Suite;
  /** Where to reach the fixture by each path. */
  readonly urls: Readonly<Record<Path, string>>;
  readonly gateway: Gateway;
  readonly say: (line: string) => void;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
}

export function isKnown(suite: Suite, { sets, only }: Choice): boolean {
  if (only === undefined) return true;
  return sets.some((set) => suite.requirements(set).all.has(only) || clientScenarios[set].includes(only));
}

/** Every chosen run, one after another: some scenarios look at the clock. */
export async function runAll(parts: Parts, choice: Choice): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const set of choice.sets) {
    rows.push(...(await runServerLeg(parts, choice, set)), ...(await runClientLeg(parts, choice, set)));
  }
  return rows;
}

async function runServerLeg(parts: Parts, { paths, only }: Choice, set: RequirementSet): Promise<Row[]> {
  const { suite, urls } = parts;
  const { all, scored } = suite.requirements(set);
  if (only !== undefined && !all.has(only)) return [];
  const wanted = only === undefined ? all : new Set([only]);
  return comparePaths(parts, paths, { leg: 'server', set, wanted, scored }, async (path, reference) => {
    const findings = await suite.runServer(urls[path], set, only);
    return path === 'approved' && reference !== undefined ? comeBack(parts, set, reference, findings) : findings;
  });
}

/** Runs what was in a hurry again, until every check of it has been as it is directly. */
async function comeBack(
  { suite, gateway, urls, say }: Parts,
  set: RequirementSet,
  reference: Findings,
  first: Findings,
): Promise<Findings> {
  let findings = first;
  for (let times = 0; times < comeBacksMax; times += 1) {
    const scenario = unexpected('approved', compareFindings(reference, findings))
      .map((difference) => difference.scenario)
      .find((name) => hurriedScenarios.has(name));
    if (scenario === undefined) break;
    say(`    ${scenario} once more, for the grants it did not wait for …`);
    await gateway.untilDecided();
    findings = mergeRuns(reference, findings, await suite.runServer(urls.approved, set, scenario));
  }
  return findings;
}

/** There is no approved path: who waits for whom is the server's side of the gateway. */
async function runClientLeg(parts: Parts, { paths, only }: Choice, set: RequirementSet): Promise<Row[]> {
  const scenarios = clientScenarios[set].filter((scenario) => only === undefined || scenario === only);
  if (scenarios.length === 0) return [];
  const { suite, gateway } = parts;
  const wanted = new Set(scenarios);
  const twoPaths = paths.filter((path) => path !== 'approved');
  return comparePaths(parts, twoPaths, { leg: 'client', set, wanted, scored: wanted }, (path) =>
    path === 'direct' ? runClientDirectly(suite, set, scenarios) : runClientThrough(gateway, suite, set, scenarios),
  );
}

interface Leg {
  readonly leg: string;
  readonly set: RequirementSet;
  /** Scenarios that must have been run. */
  readonly wanted: ReadonlySet<string>;
  /** Scenarios that must pass. */
  readonly scored: ReadonlySet<string>;
}

async function comparePaths(
  { say, now }: Parts,
  paths: readonly Path[],
  { leg, set, wanted, scored }: Leg,
  run: (path: Path, reference: Findings | undefined) => Promise<Findings>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const path of paths) {
    say(`  ${leg} ${set}, ${path} …`);
    const began = now();
    const reference = rows[0]?.findings;
    const findings = await run(path, reference);
    const differences = reference === undefined ? [] : compareFindings(reference, findings);
    rows.push({
      leg,
      set,
      path,
      findings,
      differences: unexpected(path, differences),
      expected: differences.length - unexpected(path, differences).length,
      problems: [
        ...[...wanted].filter((scenario) => !findings.has(scenario)).map((scenario) => `${scenario} was not run`),
        // What else fails on another path is a difference, or fails directly as well.
        ...(reference === undefined ? scoredFailures(findings, scored) : []),
        ...(leg === 'server' ? needlessExceptions(path, findings, differences) : []),
      ],
      tookMs: now() - began,
    });
  }
  return rows;
}

function unexpected(path: Path, differences: readonly Difference[]): readonly Difference[] {
  return differences.filter((difference) => exceptionFor(path, difference) === undefined);
}

/** An exception that nothing needs any more would hide the next difference. */
function needlessExceptions(path: Path, findings: Findings, differences: readonly Difference[]): string[] {
  return exceptions
    .filter((exception) => exception.path === path && [...findings.keys()].some((name) => isAbout(exception, name)))
    .filter((exception) => !differences.some((difference) => exceptionFor(path, difference) === exception))
    .map(
      ({ scenario, check }) =>
        `${scenario}: ${check ?? 'what fails'} is no exception any more; take it off exceptions.ts`,
    );
}
