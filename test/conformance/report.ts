import { tally, type Difference, type Findings } from './checks.ts';

/** One run of the suite. */
export interface Row {
  readonly leg: string;
  readonly set: string;
  readonly path: string;
  readonly findings: Findings;
  /** Against the direct path, without those that exceptions.ts explains. */
  readonly differences: readonly Difference[];
  /** How many of those there are. */
  readonly expected: number;
  /** Why this run does not hold, apart from differences. */
  readonly problems: readonly string[];
  readonly tookMs: number;
}

const header = ['leg', 'requirements', 'path', 'passed', 'failed', 'as direct', 'time'];

export function holds({ differences, problems }: Row): boolean {
  return differences.length === 0 && problems.length === 0;
}

/** All runs side by side, then everything that is not as it should be. */
export function renderReport(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const { passed, failed } = tally(row.findings);
    const time = `${(row.tookMs / 1_000).toFixed(1)} s`;
    return [row.leg, row.set, row.path, String(passed), String(failed), describeSameness(row), time];
  });
  const widths = header.map((title, column) =>
    Math.max(...[header, ...cells].map((row) => (row[column] ?? title).length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), ...cells.map(line), ...rows.flatMap(describeTrouble)].join('\n');
}

function describeSameness({ path, differences, expected }: Row): string {
  if (path === 'direct') return '';
  if (differences.length > 0) return `${String(differences.length)} differ`;
  return expected === 0 ? 'yes' : `yes, but for ${String(expected)} in exceptions.ts`;
}

function describeTrouble(row: Row): string[] {
  if (holds(row)) return [];
  const differences = row.differences.flatMap(describeDifference);
  return ['', `${row.leg} ${row.set}, ${row.path}:`, ...row.problems.map((problem) => `  ${problem}`), ...differences];
}

function describeDifference({ scenario, check, wanted, got, errorMessage }: Difference): string[] {
  const line = `  ${scenario}: ${check}: ${wanted ?? 'absent'} directly, ${got ?? 'absent'} here`;
  return errorMessage === undefined ? [line] : [line, `    ${errorMessage}`];
}
