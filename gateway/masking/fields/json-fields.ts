import { parseTree, type Node } from 'jsonc-parser';
import { memberPath, rootPath, type Path } from '../json-path.ts';
import type { Span } from '../json-spans.ts';
import type { LeafEdit } from '../edits.ts';
import { isMarker } from '../spans.ts';
import { isEnvelope } from './envelope.ts';
import { fieldEntity, fieldMarker, fieldRule, type FieldMask } from './field-mask.ts';

/** What becomes of the masked fields of a JSON text. */
export interface FieldEdits {
  /** In order, and apart from each other. */
  readonly edits: readonly LeafEdit[];
  /** Where the values of masked fields stand, in order: nothing else in them is of interest. */
  readonly spans: readonly Span[];
}

/** `{"field": "salary", "value": 5000}`: members that name what the others hold. */
const labels = new Set('name key field label column property variable header attribute'.split(' '));
/** Members that say how to read the others, and are no data. */
const forms = new Set('type datatype format nullable unit'.split(' '));
/** Pointers of hits end here: what stands deeper may have names that are themselves masked. */
const pathStepsMax = 2;

/**
 * Finds the masked fields of a text that JSON.parse has accepted: values under their names, in `{name, value}` pairs,
 * and in the columns of rows whose names stand beside or above them. Every text, number and truth value of them goes,
 * whatever it is made of; names below them go as well unless the tool declares them. `message`: the text is a
 * JSON-RPC message, whose own members are no fields. `line`: texts in it that name a field go as well, as lines do.
 */
export function editsOfFields(mask: FieldMask, text: string, kind: 'message' | 'value' | 'line'): FieldEdits {
  const tree = mask.mayName(text) ? parseTree(text) : undefined;
  if (tree === undefined) return { edits: [], spans: [] };
  const finder = new FieldFinder(mask, text, kind);
  finder.walk(tree, rootPath);
  return finder;
}

class FieldFinder implements FieldEdits {
  readonly edits: LeafEdit[] = [];
  readonly spans: Span[] = [];
  readonly #mask: FieldMask;
  readonly #text: string;
  readonly #isMessage: boolean;
  readonly #isLine: boolean;

  constructor(mask: FieldMask, text: string, kind: 'message' | 'value' | 'line') {
    this.#mask = mask;
    this.#text = text;
    this.#isMessage = kind === 'message';
    this.#isLine = kind === 'line';
  }

  walk(node: Node, path: Path): void {
    if (node.type === 'object') this.#object(membersOf(node), path);
    else if (node.type === 'array') this.#array(node, path);
    else if (node.type === 'string' && this.#isLine) this.#words(node, path);
  }

  /** A name by itself says nothing. */
  #words(node: Node, path: Path): void {
    const text = String(node.value);
    const place = this.#mask.find(text);
    if (place !== undefined && text.trim().length > place.end - place.start) this.#hide(node, path);
  }

  #object(members: readonly Member[], path: Path): void {
    const isLabelled = members.some((member) => this.#isLabel(member, path));
    const columns = this.#columnsOf(members);
    for (const { name, value } of members) {
      const at = memberPath(path, name);
      if (this.#isField(name, at)) this.#hide(value, at);
      else if (isLabelled && !labels.has(name.toLowerCase()) && !forms.has(name.toLowerCase())) this.#hide(value, at);
      else if (columns !== undefined && columns.names !== value && isRowsOf(columns, value)) {
        this.#rows(columns, value, at);
      } else this.walk(value, at);
    }
  }

  #isField(name: string, path: Path): boolean {
    return this.#mask.fits(name) && !(this.#isMessage && isEnvelope(path));
  }

  #isLabel({ name, value }: Member, path: Path): boolean {
    if (!labels.has(name.toLowerCase()) || typeof value.value !== 'string') return false;
    return this.#mask.fits(value.value) && !(this.#isMessage && isEnvelope(memberPath(path, name)));
  }

  #array(node: Node, path: Path): void {
    const columns = this.#ownColumns(node);
    node.children?.forEach((item, index) => {
      if (columns === undefined || columns.names === item) this.walk(item, memberPath(path, index));
      else this.#row(columns, item, path);
    });
  }

  /** `[["name", "salary"], ["Jo", 5000]]` has its names in the first row. */
  #ownColumns({ type, children = [] }: Node): Columns | undefined {
    const [first] = children;
    if (type !== 'array' || first?.type !== 'array') return undefined;
    return first.children?.every((name) => name.type === 'string') === true ? this.#columnsIn(first) : undefined;
  }

  #columnsOf(members: readonly Member[]): Columns | undefined {
    for (const { value } of members) {
      const columns = value.type === 'array' ? this.#columnsIn(value) : undefined;
      if (columns !== undefined) return columns;
    }
    return undefined;
  }

  /** Of a list of names, or of objects that have one, the places of those that are masked. */
  #columnsIn(names: Node): Columns | undefined {
    const items = names.children ?? [];
    const masked = new Set<number>();
    for (const [index, item] of items.entries()) {
      const name = nameOf(item);
      if (name === undefined) return undefined;
      if (this.#mask.fits(name)) masked.add(index);
    }
    return masked.size === 0 ? undefined : { names, count: items.length, masked };
  }

  /** A list of rows, or a single one. Of two sets of names nobody knows which one counts. */
  #rows(columns: Columns, node: Node, path: Path): void {
    const items = node.children ?? [];
    if (this.#ownColumns(node) !== undefined) this.#hide(node, path);
    else if (items.some(({ type }) => type === 'array')) for (const item of items) this.#row(columns, item, path);
    else this.#row(columns, node, path);
  }

  /** A row of another length cannot be read by its columns, and one that is a table of its own by two sets of them. */
  #row({ count, masked }: Columns, row: Node, path: Path): void {
    if (row.type !== 'array') return this.walk(row, path);
    const cells = row.children ?? [];
    if (cells.length !== count || this.#ownColumns(row) !== undefined) return this.#hide(row, path);
    cells.forEach((cell, index) => (masked.has(index) ? this.#hide(cell, path) : this.walk(cell, path)));
  }

  #hide(node: Node, path: Path): void {
    this.spans.push({ start: node.offset, end: node.offset + node.length });
    this.#clear(node, path);
  }

  #clear(node: Node, path: Path): void {
    const { offset, length, value } = node;
    switch (node.type) {
      case 'string':
        if (value === '' || isMarker(String(value))) return;
        return this.#replace(offset + 1, offset + length - 1, fieldMarker, path);
      case 'number':
        if (this.#text.slice(offset, offset + length) !== '0') this.#replace(offset, offset + length, '0', path);
        return;
      case 'boolean':
        if (value === true) this.#replace(offset, offset + length, 'false', path);
        return;
      case 'array':
        return node.children?.forEach((child) => this.#clear(child, path));
      case 'object':
        return this.#clearMembers(membersOf(node), path);
      default:
    }
  }

  /** Names that no schema declares may be data themselves: `{"diagnoses": {"…": true}}`. */
  #clearMembers(members: readonly Member[], path: Path): void {
    let hasKept = false;
    members.forEach(({ name, value, start, end }, index) => {
      if (this.#mask.isDeclared(name)) {
        hasKept = true;
        return this.#clear(value, path);
      }
      const from = hasKept ? (members[index - 1]?.end ?? start) : start;
      this.#replace(from, hasKept ? end : (members[index + 1]?.start ?? end), '', path);
    });
  }

  #replace(start: number, end: number, replacement: string, path: Path): void {
    const edit = { start, end, replacement, entity: fieldEntity, rule: fieldRule };
    this.edits.push({ ...edit, path: beginningOf(path), offset: 0 });
  }
}

interface Member extends Span {
  readonly name: string;
  readonly value: Node;
}

interface Columns {
  readonly names: Node;
  readonly count: number;
  readonly masked: ReadonlySet<number>;
}

function membersOf({ children = [] }: Node): Member[] {
  return children.flatMap(({ offset, length, children: [key, value] = [] }) =>
    key === undefined || value === undefined
      ? []
      : [{ name: String(key.value), value, start: offset, end: offset + length }],
  );
}

function nameOf(item: Node): string | undefined {
  if (item.type === 'string') return String(item.value);
  if (item.type !== 'object') return undefined;
  const label = membersOf(item).find(({ name, value }) => labels.has(name.toLowerCase()) && value.type === 'string');
  return label === undefined ? undefined : String(label.value.value);
}

/** Rows are lists of lists; a list of as many plain values as there are names may be one row. */
function isRowsOf({ count }: Columns, { type, children = [] }: Node): boolean {
  if (type !== 'array') return false;
  if (children.some((child) => child.type === 'array')) return true;
  return children.length === count && children.every((child) => child.type !== 'object');
}

function beginningOf(path: Path): Path {
  const chain: Path[] = [];
  for (let at: Path | undefined = path; at !== undefined; at = at.parent) chain.push(at);
  return chain[Math.max(0, chain.length - 1 - pathStepsMax)] ?? rootPath;
}
