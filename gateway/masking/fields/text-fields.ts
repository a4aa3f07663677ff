import type { Edit } from '../edits.ts';
import { isMarker } from '../spans.ts';
import { EmbeddedJson } from './embedded-json.ts';
import { editsOfFields } from './json-fields.ts';
import { fieldEntity, fieldMarker, fieldRule, type FieldMask } from './field-mask.ts';
import { isRule, readTable, splitCells, turnsQuote, type Cell, type Table } from './text-tables.ts';

/** A line of a text. Offsets are UTF-16 units of the whole text; `end` is before its line break. */
export interface Line {
  readonly text: string;
  readonly start: number;
}

/** What stands before a name that begins a line: indentation, list and quotation marks, brackets. */
const lineLead = /^[\s\-*+>#|{[("'`\\,<]*/;
/** What separates a name from its value. */
const assignment = /^["'`\\*_)\]]*\s*(?:=>|:=|:|=)/;
const blockScalar = /^[|>][+-]?\d?$/;
/** Nothing that could be a value. */
const endOfLine = /^[\s\]}>)"'`*_#:|=,-]*$/;
/** A line that begins with some name and its value. */
const otherName = /^[\s"'*-]*[\p{L}_][\p{L}\p{N}_ .-]{0,60}["']?\s*[:=]/u;

/**
 * Finds masked fields in a text that is no JSON, line by line. A line that begins with the name of one loses what stands
 * behind it, with the deeper lines below and up to where a bracket closes; below a line that is such a name and nothing
 * else, a paragraph goes; of a table, the columns; in JSON, the values; any other line that names one goes whole, with
 * the paragraph below when it ends so. What a text says of a field without naming it stays: nobody can tell.
 */
export function editsOfLines(mask: FieldMask, text: string): Edit[] {
  if (!mask.mayName(text)) return [];
  const lines = linesOf(text);
  const reader = new LineReader(mask, lines, text);
  lines.forEach((line, index) => reader.read(line, index));
  return reader.edits;
}

/** What the lines above say of the next one. */
type Region =
  | { readonly kind: 'none' }
  /** Below a name: deeper lines are its value. */
  | { readonly kind: 'deeper'; readonly than: number }
  | { readonly kind: 'brackets'; readonly open: number }
  | { readonly kind: 'paragraph'; readonly begun: boolean }
  /** `isOpen`: a quoted cell goes on over the end of its line. */
  | { readonly kind: 'table'; readonly table: Table; readonly isOpen: boolean };

const none: Region = { kind: 'none' };

class LineReader {
  readonly edits: Edit[] = [];
  readonly #mask: FieldMask;
  readonly #lines: readonly Line[];
  readonly #text: string;
  readonly #embedded: EmbeddedJson;
  /** Up to here the text is JSON that was read. */
  #jsonEnd = 0;
  #region: Region = none;

  constructor(mask: FieldMask, lines: readonly Line[], text: string) {
    this.#mask = mask;
    this.#lines = lines;
    this.#text = text;
    this.#embedded = new EmbeddedJson(text);
  }

  read(line: Line, index: number): void {
    const region = this.#region;
    const content = line.text.trim();
    if (line.start < this.#jsonEnd) return this.#behindJson(line);
    if (content === '') {
      if (region.kind === 'paragraph' && region.begun) this.#region = none;
      return;
    }
    if (isMarker(content)) {
      if (region.kind === 'paragraph') this.#region = { kind: 'paragraph', begun: true };
      if (region.kind === 'deeper' && !isDeeper(line.text, region.than)) this.#region = none;
      return;
    }
    if (this.#belongs(line, region)) return;
    // Between the rows of a table other lines may stand.
    if (region.kind !== 'table') this.#region = none;
    if (this.#json(line)) return this.#behindJson(line);
    this.#own(line, index);
  }

  /** Whether a line is part of what stands above it, and what then becomes of it. */
  #belongs(line: Line, region: Region): boolean {
    switch (region.kind) {
      case 'none':
        return false;
      case 'deeper':
        if (!isDeeper(line.text, region.than)) return false;
        this.#hideLine(line);
        return true;
      case 'brackets': {
        this.#hideLine(line);
        const open = region.open + depthOf(line.text);
        this.#region = open > 0 ? { kind: 'brackets', open } : none;
        return true;
      }
      case 'paragraph':
        this.#hideLine(line);
        this.#region = { kind: 'paragraph', begun: true };
        return true;
      case 'table':
        return this.#row(line, region);
    }
  }

  #row(line: Line, { table, isOpen }: Extract<Region, { kind: 'table' }>): boolean {
    const turns = turnsQuote(line.text, table.delimiter);
    if (isOpen || turns) {
      this.#hideLine(line);
      this.#region = { kind: 'table', table, isOpen: isOpen !== turns };
      return true;
    }
    const cells = splitCells(line.text, table.delimiter);
    if (cells.length === 1) return false;
    if (isRule(line.text)) return true;
    // A row of another length cannot be read by its columns.
    if (cells.length !== table.count) this.#hideLine(line);
    else {
      const mayName = this.#mask.mayName(line.text);
      cells.forEach((cell, at) => {
        const isHidden = table.columns.has(at) || (mayName && this.#mask.find(cell.text) !== undefined);
        if (isHidden) this.#hideCell(line, cell);
      });
    }
    return true;
  }

  /** A line by itself. */
  #own(line: Line, index: number): void {
    const place = this.#mask.find(line.text);
    if (place === undefined) return;
    const next = this.#nextLine(index, true);
    const table = readTable(line.text, next, (cell) => this.#mask.fits(cell));
    if (table !== undefined) {
      for (const cell of table.doubtful) this.#hideCell(line, cell);
      this.#region = { kind: 'table', table, isOpen: false };
      return;
    }
    const lead = lineLead.exec(line.text)?.[0].length ?? 0;
    const rest = line.text.slice(place.end);
    if (place.start === lead && endOfLine.test(rest)) {
      this.#region = this.#below(line, index);
      return;
    }
    const assigned = assignment.exec(rest);
    if (place.start !== lead || assigned === null) {
      this.#hideLine(line);
      const open = depthOf(line.text);
      if (open > 0) this.#region = { kind: 'brackets', open };
      else if (endOfLine.test(rest) || /[:=]\W*$/.test(rest)) this.#region = { kind: 'paragraph', begun: false };
      // Columns without a sign between them.
      else if (/\s{2,}|\t/.test(line.text.trim())) this.#region = { kind: 'paragraph', begun: true };
      return;
    }
    this.#hideValue(line, place.end + assigned[0].length);
  }

  /** A name by itself has its value in deeper lines, or in the paragraph below, unless another name follows. */
  #below(line: Line, index: number): Region {
    const than = indentOf(line.text);
    const next = this.#nextLine(index, false);
    if (next === undefined) return none;
    const isNamed = otherName.test(next) && this.#mask.find(next) === undefined;
    return isDeeper(next, than) || isNamed ? { kind: 'deeper', than } : { kind: 'paragraph', begun: false };
  }

  /** The next line that says something; `beyondMarkers`: that masking has not replaced as a whole. */
  #nextLine(index: number, beyondMarkers: boolean): string | undefined {
    for (let at = index + 1; at < this.#lines.length; at += 1) {
      const { text = '' } = this.#lines[at] ?? {};
      const content = text.trim();
      if (content !== '' && !(beyondMarkers && isMarker(content))) return text;
    }
    return undefined;
  }

  /** JSON in a text is masked as such, over all its lines; before and behind it are other texts. */
  #json(line: Line): boolean {
    const at = line.text.search(/[{[]/);
    if (at < 0 || this.#mask.find(line.text.slice(0, at)) !== undefined) return false;
    const start = line.start + at;
    const end = this.#embedded.endAt(start);
    if (end === undefined) return false;
    const { edits } = editsOfFields(this.#mask, this.#text.slice(start, end), 'line');
    for (const edit of edits) {
      const { replacement, entity, rule } = edit;
      this.edits.push({ start: start + edit.start, end: start + edit.end, replacement, entity, rule });
    }
    this.#jsonEnd = end;
    return true;
  }

  /** What stands behind JSON on its last line. */
  #behindJson(line: Line): void {
    const from = Math.max(0, this.#jsonEnd - line.start);
    if (this.#mask.find(line.text.slice(from)) !== undefined) this.#hide(line, from, line.text.length);
  }

  #hideValue(line: Line, from: number): void {
    const value = line.text.slice(from).trim();
    this.#region = { kind: 'deeper', than: indentOf(line.text) };
    if (blockScalar.test(value)) return;
    const open = depthOf(value);
    if (open > 0) this.#region = { kind: 'brackets', open };
    const [, quote, inner] = /^(["'`])(.*)\1[,;]?$/s.exec(value) ?? [];
    const start = from + line.text.slice(from).indexOf(value);
    const isQuoted = quote !== undefined && inner !== undefined && !inner.includes(quote);
    this.#hide(line, isQuoted ? start + 1 : start, isQuoted ? start + 1 + inner.length : start + value.length);
  }

  #hideLine(line: Line): void {
    const start = indentOf(line.text);
    this.#hide(line, start, start + line.text.trim().length);
  }

  #hideCell(line: Line, { start, text }: Cell): void {
    this.#hide(line, start, start + text.length);
  }

  #hide(line: Line, start: number, end: number): void {
    const text = line.text.slice(start, end);
    if (text === '' || isMarker(text)) return;
    const place = { start: line.start + start, end: line.start + end };
    this.edits.push({ ...place, replacement: fieldMarker, entity: fieldEntity, rule: fieldRule });
  }
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const { index, 0: end } of text.matchAll(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/g)) {
    lines.push({ text: text.slice(start, index), start });
    start = index + end.length;
  }
  lines.push({ text: text.slice(start), start });
  return lines;
}

/** Items of a list may stand as deep as the name that they belong to. */
function isDeeper(line: string, than: number): boolean {
  const indent = indentOf(line);
  return indent > than || (indent === than && /^\s*[-*] /.test(line));
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** How many brackets a text opens and does not close. */
function depthOf(text: string): number {
  let depth = 0;
  for (const unit of text) {
    if (unit === '{' || unit === '[') depth += 1;
    else if (unit === '}' || unit === ']') depth -= 1;
  }
  return depth;
}
