/** One thing wrong in a configuration. Names where it is and what is wrong; never holds a value from `env:` or `file:`. */
export interface Problem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Names and list positions from the top of the file, joined by dots; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Everything that is wrong, all at once: a start-up error that names each line. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    // What is wrong with the use of a pack is found once for each of its rules.
    const once = new Map(problems.map((problem) => [describeProblem(problem), problem]));
    const sorted = [...once.values()].toSorted(byPlace);
    const count = sorted.length === 1 ? 'one problem' : `${sorted.length} problems`;
    super(`The configuration has ${count}:\n${sorted.map((problem) => `  ${describeProblem(problem)}`).join('\n')}`);
    this.problems = sorted;
  }
}

/** One line, as compilers write theirs. */
export function describeProblem({ file, line, column, path, message }: Problem): string {
  return `${file}:${line}:${column}  ${path === '' ? '' : `${path}: `}${message}`;
}

/** As a reader goes through the files; the sort is stable, so files stay in the order they were given. */
function byPlace(a: Problem, b: Problem): number {
  return a.file === b.file ? a.line - b.line || a.column - b.column : 0;
}
