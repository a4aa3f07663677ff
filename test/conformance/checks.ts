import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One thing the suite looked at. */
export interface Check {
  readonly id: string;
  readonly name: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}

/** Scenario → what the suite found in it. */
export type Findings = ReadonlyMap<string, readonly Check[]>;

/** A check that came out otherwise on another path. `undefined` stands for a check that one path does not have. */
export interface Difference {
  readonly scenario: string;
  readonly check: string;
  readonly wanted: string | undefined;
  readonly got: string | undefined;
  readonly errorMessage?: string;
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Reads what the suite wrote below `folder`: one folder for each scenario, named by it and the time of the run. */
export function readFindings(folder: string): Findings {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('checks.json'),
  );
  return new Map(
    names.map((path) => {
      const scenario = path
        .replace(/\/checks\.json$/, '')
        .replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '')
        .replace(/^server-/, '');
      return [scenario, JSON.parse(readFileSync(join(folder, path), 'utf8')) as readonly Check[]];
    }),
  );
}

/**
 * PURE. Every check of one side against the same check of the other: same scenario, id and name, and among those of the
 * same name the same place. Notes (`INFO`) of what was sent and received are no checks, so one that is a success on one
 * side and a note on the other shows as missing.
 */
export function compareFindings(reference: Findings, other: Findings): readonly Difference[] {
  const scenarios = [...new Set([...reference.keys(), ...other.keys()])].toSorted();
  return scenarios.flatMap((scenario) => {
    const wanted = byKey(reference.get(scenario));
    const got = byKey(other.get(scenario));
    return [...new Set([...wanted.keys(), ...got.keys()])].flatMap((check): Difference[] => {
      const [before, after] = [wanted.get(check), got.get(check)];
      if (before?.status === after?.status) return [];
      const errorMessage = after?.errorMessage ?? before?.errorMessage;
      const why = errorMessage === undefined ? {} : { errorMessage };
      return [{ scenario, check, wanted: before?.status, got: after?.status, ...why }];
    });
  });
}

/**
 * PURE. Two runs of the same scenarios as one: of a check that came out differently in them, the one that is as in the
 * reference.
 */
export function mergeRuns(reference: Findings, first: Findings, again: Findings): Findings {
  const merged = new Map(first);
  for (const [scenario, checks] of again) {
    const [wanted, before, after] = [byKey(reference.get(scenario)), byKey(first.get(scenario)), byKey(checks)];
    const kept = [...new Set([...before.keys(), ...after.keys()])].map((key) => {
      const isAsWanted = (check: Check | undefined): boolean => check?.status === wanted.get(key)?.status;
      return isAsWanted(before.get(key))
        ? before.get(key)
        : isAsWanted(after.get(key))
          ? after.get(key)
          : (after.get(key) ?? before.get(key));
    });
    merged.set(
      scenario,
      kept.filter((check) => check !== undefined),
    );
  }
  return merged;
}

export function tally(findings: Findings): Tally {
  const checks = [...findings.values()].flat();
  const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
  return { passed: count('SUCCESS'), failed: count('FAILURE') };
}

/** The failures in scenarios that count for a requirement set, as sentences. */
export function scoredFailures(findings: Findings, scored: ReadonlySet<string>): readonly string[] {
  return [...findings].flatMap(([scenario, checks]) =>
    checks
      .filter(({ status }) => status === 'FAILURE' && scored.has(scenario))
      .map(({ id, errorMessage }) => `${scenario}: ${id} fails: ${errorMessage ?? 'the suite does not say why'}`),
  );
}

function byKey(checks: readonly Check[] = []): ReadonlyMap<string, Check> {
  const found = new Map<string, Check>();
  for (const check of checks.filter(({ status }) => status !== 'INFO')) {
    const key = check.id === check.name ? check.id : `${check.id} (${check.name})`;
    let place = 1;
    while (found.has(placed(key, place))) place += 1;
    found.set(placed(key, place), check);
  }
  return found;
}

function placed(key: string, place: number): string {
  return place === 1 ? key : `${key} #${String(place)}`;
}
