import { priorities } from './rules/rule.ts';
import { isMarker, type Finder, type Span } from './spans.ts';

const kindLine = /^ *(?:- )?kind: ["']?Secret["']?[ \t\r]*$/;
const dataLine = /^ *(?:- )?(?:data|stringData):[ \t\r]*$/;
/** `name: value`, with quotes left outside; the value may be the sign of a block (`|`) that follows. */
const entry = /^( *["']?[\w.-]{1,253}["']?:[ \t]+["']?)([^"'\s].*?)["']?[ \t\r]*$/;

interface Line {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Column where the content begins, list dashes left out; undefined for an empty line. */
  readonly column: number | undefined;
  readonly opensItem: boolean;
}

/** The values of a Kubernetes Secret in YAML, which are secret by their place; each line is read about once. */
export const kubernetesYamlFinder: Finder = {
  id: 'kubernetes_secret',
  anchors: ['kind: secret', 'kind: "secret"', "kind: 'secret'"],
  open(text, add) {
    let done = 0;
    return (at) => {
      if (at < done) return;
      const kind = lineAround(text, at);
      if (!kindLine.test(kind.text) || kind.column === undefined) return;
      let first = kind;
      while (first.start > done && !first.opensItem) {
        const before = lineAround(text, first.start - 1);
        if (leaves(before, kind.column)) break;
        first = before;
      }
      done = addValues(text, first, kind.column, add);
    };
  },
};

/** Masks the entries of `data` and `stringData`; answers where the object ends. */
function addValues(text: string, first: Line, column: number, add: (span: Span) => void): number {
  let line = first;
  let inData = false;
  let block: { column: number; start: number; end: number } | undefined;
  const close = (): void => {
    if (block !== undefined && block.end > block.start) add(spanOf(block.start, block.end));
    block = undefined;
  };
  for (;;) {
    if (line.column !== undefined) {
      if (block !== undefined && line.column > block.column) block.end = line.end;
      else {
        close();
        if (line.column === column) inData = dataLine.test(line.text);
        else if (inData) {
          const match = entry.exec(line.text);
          const start = line.start + (match?.[1]?.length ?? 0);
          const value = match?.[2] ?? '';
          if (/^[|>][-+\d]*$/.test(value)) block = { column: line.column, start: line.end + 1, end: line.end + 1 };
          else if (value !== '' && !isMarker(value)) add(spanOf(start, start + value.length));
        }
      }
    }
    if (line.end >= text.length) break;
    const next = lineAround(text, line.end + 1);
    if (leaves(next, column) || (next.opensItem && next.column === column)) break;
    line = next;
  }
  close();
  return line.end;
}

/** Whether a line is outside the object whose fields begin at a column. */
function leaves(line: Line, column: number): boolean {
  return line.text.startsWith('---') || (line.column !== undefined && line.column < column);
}

function lineAround(text: string, at: number): Line {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const newline = text.indexOf('\n', at);
  const end = newline === -1 ? text.length : newline;
  const written = text.slice(start, end);
  const indent = /^ *(- )?/.exec(written);
  const column = /\S/.test(written) ? (indent?.[0].length ?? 0) : undefined;
  return { start, end, text: written, column, opensItem: indent?.[1] !== undefined };
}

function spanOf(start: number, end: number): Span {
  const name = 'kubernetes_secret';
  return { start, end, entity: name, rule: name, priority: priorities.structural };
}
