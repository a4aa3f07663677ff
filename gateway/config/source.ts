import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { Problem } from './problems.ts';

export type ConfigPath = readonly PropertyKey[];

/** Says where something stands in a file. */
export type Places = Pick<Source, 'file' | 'problem'>;

/** One file, parsed, that can say where each of its values stands. */
export class Source {
  readonly file: string;
  /** Undefined when the file is not YAML, which `problems` then says. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(file: string, text: string) {
    this.file = file;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true });
    const errors = this.#document.errors.map((error) => ({
      file,
      line: error.linePos?.[0].line ?? 1,
      column: error.linePos?.[0].col ?? 1,
      path: '',
      message: error.message.split('\n')[0] ?? 'not YAML',
    }));
    const read = errors.length > 0 ? undefined : this.#read();
    this.value = read?.value;
    this.problems = read?.problem === undefined ? errors : [read.problem];
  }

  /** Where a path stands, its key before its value; for one that is missing, where its nearest parent does. */
  problem(path: ConfigPath, message: string): Problem {
    const { line, col } = this.#lines.linePos(this.#offsetOf(path));
    const { file } = this;
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: path.map(String).join('.'), message };
  }

  /** Aliases are followed only here, so one that leads nowhere, or to too much, is found only here. */
  #read(): { value?: unknown; problem?: Problem } {
    try {
      return { value: this.#document.toJS() };
    } catch (error) {
      return { problem: this.problem([], (error as Error).message) };
    }
  }

  #offsetOf(path: ConfigPath): number {
    for (let length = path.length; length > 0; length -= 1) {
      const node = this.#keyAt(path.slice(0, length)) ?? this.#nodeAt(path.slice(0, length));
      if (node?.range) return node.range[0];
    }
    return this.#nodeAt([])?.range?.[0] ?? 0;
  }

  #nodeAt(path: ConfigPath): Node | undefined {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    return (node ?? undefined) as Node | undefined;
  }

  /** The value of a key may start on a later line, and the line with the key is the one to be corrected. */
  #keyAt(path: ConfigPath): Node | undefined {
    const parent = this.#nodeAt(path.slice(0, -1));
    if (!isMap(parent)) return undefined;
    const wanted = path.at(-1);
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(wanted));
    return pair?.key as Node | undefined;
  }
}
