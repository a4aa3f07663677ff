import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json } from '../../../workflows/contract/call.ts';
import { DoubtError, doubts } from './condition.ts';
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
}

/** More values than this are not looked at: that alone would take too long. */
const valuesMax = 10_000;

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

/**
 * PURE. The arguments as far as an expression reads them, with its objects as maps, so that no name in them can mean
 * anything to the library. Adds to `sizes`. Throws DoubtError for what cannot be judged.
 */
export function project(args: Json | undefined, reads: Reads, depthMax: number, sizes: Map<string, Size>): unknown {
  if (args === undefined) return new Map();
  if (typeof args !== 'object' || args === null || Array.isArray(args)) throw new DoubtError(doubts.noObject);
  return projectPart(args, reads, depthMax, sizes);
}

function projectPart(value: unknown, reads: Reads, depthMax: number, sizes: Map<string, Size>): unknown {
  if (reads.whole !== undefined) {
    const size: Size = { length: lengthOf(value), values: 0, units: 0 };
    sizes.set(reads.whole, size);
    return convert(value, depthMax, size);
  }
  if (typeof value !== 'object' || value === null) return value;
  // A list has no names; whoever reads it by one is told that there is none.
  if (Array.isArray(value)) return [];
  const part = new Map<string, unknown>();
  for (const [name, below] of reads.byName) {
    if (Object.hasOwn(value, name)) {
      part.set(name, projectPart((value as Record<string, unknown>)[name], below, depthMax, sizes));
    }
  }
  return part;
}

function convert(value: unknown, depthLeft: number, size: Size): unknown {
  size.values += 1;
  if (size.values > valuesMax) throw new DoubtError(doubts.tooLarge);
  switch (typeof value) {
    case 'string':
      size.units += value.length;
      return value;
    case 'number':
      // An integer beyond 2^53 may have been another one on the wire, and so may what was too large for a double.
      if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
        throw new DoubtError(doubts.inexact);
      }
      return value;
    case 'object':
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (depthLeft === 0) throw new DoubtError(doubts.tooDeep);
  if (Array.isArray(value)) return value.map((item) => convert(item, depthLeft - 1, size));
  const fields = new Map<string, unknown>();
  for (const name of Object.keys(value)) {
    size.units += name.length;
    fields.set(name, convert((value as Record<string, unknown>)[name], depthLeft - 1, size));
  }
  return fields;
}

/** PURE. The size of lists of texts that are not the caller's arguments. */
export function measure(value: unknown): Size {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const units = items.reduce<number>((sum, item) => sum + (typeof item === 'string' ? item.length : 0), 0);
  return { length: items.length, values: items.length + 1, units };
}

function lengthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}
