import { LineCounter, parseDocument, type Document } from 'yaml';
import type { Problem } from './problems.ts';

export type ConfigPath = readonly PropertyKey[];

/** One file, parsed, that can say where each of its values stands. */
export class Source {
  readonly file: string;
  readonly value: unknown;
  readonly problems: readonly Problem[];
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(file: string, text: string) {
    this.file = file;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true });
    this.problems = this.#document.errors.map((error) => ({
      file,
      line: error.linePos?.[0].line ?? 1,
      column: error.linePos?.[0].col ?? 1,
      message: error.message.split('\n')[0] ?? 'not YAML',
    }));
    this.value = this.problems.length > 0 ? undefined : this.#document.toJS();
  }

  /** Where a path stands; for one that is missing, where its nearest parent does. */
  problem(path: ConfigPath, message: string): Problem {
    const { line, col } = this.#lines.linePos(this.#offsetOf(path));
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1), message };
  }

  #offsetOf(path: ConfigPath): number {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      const range = (node as { range?: [number, number, number] } | undefined)?.range;
      if (range !== undefined) return range[0];
    }
    return 0;
  }
}
