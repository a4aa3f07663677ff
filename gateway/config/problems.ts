/** One thing wrong in a configuration. Names where it is and what is wrong; never holds a value from `env:` or `file:`. */
export interface Problem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Everything that is wrong, all at once: a start-up error that names each line. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const lines = problems.map(({ file, line, column, message }) => `  ${file}:${line}:${column}  ${message}`);
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super(`The configuration has ${count}:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
