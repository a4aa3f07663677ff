import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json } from '../../../workflows/contract/call.ts';
import { DoubtError, doubts } from './condition.ts';
import { isExpected, type Expected } from './expected.ts';
import { childrenOf, pathOf } from './nodes.ts';

/** Which parts of the arguments an expression reads. What it does not read is neither looked at nor can it do harm. */
export interface Reads {
  readonly byName: Map<string, Reads>;
  /** All that is there, measured under this key. */
  whole: string | undefined;
}

/** How large something is. */
export interface Size {
  /** Items of the list, or fields of the object. */
  readonly length: number;
  /** Values in it, itself among them. */
  values: number;
  /** UTF-16 units of its texts and names. */
  units: number;
  /** Those of texts that hold other characters than ASCII. */
  wideUnits: number;
}

/** More values than this are not looked at: that alone would take too long. */
const valuesMax = 10_000;
/** Nor are more texts than this. In UTF-16 units. */
const unitsMax = 1_048_576;
const beyondAscii = /[^\0-\x7f]/;

/** PURE. What `ast` reads of `args`. */
export function readsOf(ast: ASTNode): Reads {
  const root: Reads = { byName: new Map(), whole: undefined };
  const visit = (node: ASTNode): void => {
    if (node.op === 'call' && node.args[0] === 'has') return visitHas(node.args[1]);
    const path = pathOf(node);
    if (path?.name === 'args') at(root, path.steps).whole = keyOf(path.steps);
    if (path === undefined || !path.isWhole) for (const child of childrenOf(node)) visit(child);
  };
  /** Whether something is there can be told without looking at all of it. */
  const visitHas = ([field]: readonly ASTNode[]): void => {
    const path = field === undefined ? undefined : pathOf(field);
    if (path?.name === 'args' && path.isWhole) at(root, path.steps);
    else for (const child of field === undefined ? [] : childrenOf(field)) visit(child);
  };
  visit(ast);
  return root;
}

/** PURE. Under which name something is measured. */
export function keyOf(steps: readonly string[]): string {
  return ['args', ...steps].join('/');
}

function at(root: Reads, steps: readonly string[]): Reads {
  let reads = root;
  for (const step of steps) {
    const next: Reads = reads.byName.get(step) ?? { byName: new Map(), whole: undefined };
    reads.byName.set(step, next);
    reads = next;
  }
  return reads;
}

/** What may still be looked at. */
interface Left {
  values: number;
  units: number;
}

interface Projection {
  readonly depthMax: number;
  readonly sizes: Map<string, Size>;
  readonly left: Left;
}

/** How an expression reads the arguments. */
export interface Reading {
  readonly reads: Reads;
  readonly expected: Expected;
  /** How deep a value may be nested. */
  readonly depthMax: number;
}

/**
 * PURE. The arguments as far as an expression reads them, with its objects as maps, so that no name in them can mean
 * anything to the library. Adds to `sizes`. Throws DoubtError for what cannot be judged.
 */
export function project(args: Json | undefined, reading: Reading, sizes: Map<string, Size>): unknown {
  if (args === undefined) return new Map();
  if (typeof args !== 'object' || args === null || Array.isArray(args)) throw new DoubtError(doubts.noObject);
  const { reads, expected, depthMax } = reading;
  return projectPart(args, reads, expected, { depthMax, sizes, left: { values: valuesMax, units: unitsMax } });
}

function projectPart(value: unknown, reads: Reads, expected: Expected | undefined, projection: Projection): unknown {
  if (reads.whole !== undefined) {
    const size: Size = { length: lengthOf(value), values: 0, units: 0, wideUnits: 0 };
    projection.sizes.set(reads.whole, size);
    return convert(value, expected, projection.depthMax, size, projection.left);
  }
  if (typeof value !== 'object' || value === null) return value;
  // A list has no names; whoever reads it by one is told that there is none.
  if (Array.isArray(value)) return [];
  const part = new Map<string, unknown>();
  for (const [name, below] of reads.byName) {
    if (Object.hasOwn(value, name)) {
      const field = (value as Record<string, unknown>)[name];
      part.set(name, projectPart(field, below, expected?.byName.get(name), projection));
    }
  }
  return part;
}

function convert(value: unknown, expected: Expected | undefined, depthLeft: number, size: Size, left: Left): unknown {
  size.values += 1;
  left.values -= 1;
  if (left.values < 0) throw new DoubtError(doubts.tooLarge);
  if (expected !== undefined && !isExpected(value, expected)) throw new DoubtError(doubts.otherType);
  if (typeof value === 'string') countText(value, size, left);
  if (typeof value === 'number' && !isExact(value)) throw new DoubtError(doubts.inexact);
  if (typeof value !== 'object' || value === null) return value;
  if (depthLeft === 0) throw new DoubtError(doubts.tooDeep);
  if (Array.isArray(value)) return value.map((item) => convert(item, expected?.items, depthLeft - 1, size, left));
  const fields = new Map<string, unknown>();
  for (const name of Object.keys(value)) {
    countText(name, size, left);
    const field = (value as Record<string, unknown>)[name];
    fields.set(name, convert(field, expected?.byName.get(name), depthLeft - 1, size, left));
  }
  return fields;
}

function countText(text: string, size: Size, left: Left): void {
  size.units += text.length;
  left.units -= text.length;
  if (left.units < 0) throw new DoubtError(doubts.tooLarge);
  if (beyondAscii.test(text)) size.wideUnits += text.length;
}

/** An integer beyond 2^53 may have been another one on the wire, and so may what was too large for a double. */
function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

/** PURE. The size of lists of texts that are not the caller's arguments. */
export function measure(value: unknown): Size {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  let units = 0;
  for (const item of items) if (typeof item === 'string') units += item.length;
  return { length: items.length, values: items.length + 1, units, wideUnits: units };
}

function lengthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}
