/** One cell of a line, without the blanks and quotes around it; `start` counts from the line's beginning. */
export interface Cell {
  readonly start: number;
  readonly text: string;
}

/** A table in a text, as its header line tells. */
export interface Table {
  readonly delimiter: string;
  readonly count: number;
  /** The places of masked columns. */
  readonly columns: ReadonlySet<number>;
  /** Cells of the header line that may be values: in a table that lies on its side, the first cell names its row. */
  readonly doubtful: readonly Cell[];
}

const delimiters = ['|', '\t', ';', ','];
const nameLike = /^[\p{L}_][\p{L}\p{N}_ .()%/-]*$/u;
const ruleLine = /^[\s|+:=-]+$/;

/**
 * PURE. The table that a line is the header of: one of its cells is a masked name by itself, and the next line has cells
 * too. Undefined when it is none, or might be a row like any other.
 */
export function readTable(
  line: string,
  next: string | undefined,
  isField: (cell: string) => boolean,
): Table | undefined {
  if (next === undefined) return undefined;
  for (const delimiter of delimiters) {
    if (!line.includes(delimiter)) continue;
    const cells = splitCells(line, delimiter);
    const below = splitCells(next, delimiter);
    const masked = [...cells.keys()].filter((at) => isField(cells[at]?.text ?? ''));
    const [first] = masked;
    if (cells.length < 2 || first === undefined) continue;
    const isRuled = isRule(next);
    if (below.length === 1 && !isRuled && !turnsQuote(next, delimiter)) return undefined;
    const isSideways = cells.slice(0, first).every(({ text }) => text === '') && !isRuled;
    const isHeader =
      isRuled ||
      (cells.every(({ text }) => text === '' || nameLike.test(text)) &&
        masked.every((at) => !isField(below[at]?.text ?? '')));
    if (!isSideways && !isHeader) return undefined;
    const doubtful = isSideways ? cells.filter((_cell, at) => !masked.includes(at)) : [];
    return { delimiter, count: cells.length, columns: new Set(masked), doubtful };
  }
  return undefined;
}

/** PURE. A line that only separates others. */
export function isRule(line: string): boolean {
  return ruleLine.test(line);
}

/** PURE. Whether a quoted cell begins on a line and does not end there, or the other way round. */
export function turnsQuote(line: string, delimiter: string): boolean {
  return delimiter !== '|' && line.split('"').length % 2 === 0;
}

/** PURE. The cells of a line; a delimiter within double quotes is none, but for `|`. */
export function splitCells(line: string, delimiter: string): Cell[] {
  const cells: Cell[] = [];
  let start = 0;
  if (delimiter === '|' || !line.includes('"')) {
    for (let at = line.indexOf(delimiter); at >= 0; at = line.indexOf(delimiter, start)) {
      cells.push(cellOf(line, start, at));
      start = at + delimiter.length;
    }
    return [...cells, cellOf(line, start, line.length)];
  }
  let isQuoted = false;
  for (let at = 0; at <= line.length; at += 1) {
    if (line[at] === '"') isQuoted = !isQuoted;
    if (at < line.length && (isQuoted || line[at] !== delimiter)) continue;
    cells.push(cellOf(line, start, at));
    start = at + 1;
  }
  return cells;
}

function cellOf(line: string, from: number, to: number): Cell {
  let start = from;
  let end = to;
  while (start < end && /\s/.test(line.charAt(start))) start += 1;
  while (end > start && /\s/.test(line.charAt(end - 1))) end -= 1;
  if (end - start >= 2 && line[start] === '"' && line[end - 1] === '"') [start, end] = [start + 1, end - 1];
  return { start, text: line.slice(start, end) };
}
