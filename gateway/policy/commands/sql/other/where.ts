import { nameParts } from './names.ts';
import type { Fields } from '../told.ts';

/** Deeper conditions are taken for ones that pick nothing. */
const depthMax = 50;

/** PURE. Whether a WHERE picks rows, as far as it shows: `true`, `1 = 1`, `id = id` and `x or true` do not. */
export function picksRows(where: unknown, depth = 0): boolean {
  if (typeof where !== 'object' || where === null || depth > depthMax) return false;
  const { Nested: nested, BinaryOp: operation } = where as { readonly Nested?: unknown; readonly BinaryOp?: Fields };
  if (nested !== undefined) return picksRows(nested, depth + 1);
  if (operation !== undefined) {
    const { left, op, right } = operation;
    if (op === 'Or') return picksRows(left, depth + 1) && picksRows(right, depth + 1);
    if (op === 'And') return picksRows(left, depth + 1) || picksRows(right, depth + 1);
    const column = columnOf(left);
    if (column !== undefined && column === columnOf(right)) return false;
  }
  return hasColumn(where);
}

function columnOf(node: unknown): string | undefined {
  const { Identifier: one, CompoundIdentifier: several } = (node ?? {}) as Fields;
  if (one !== undefined) return nameParts([{ Identifier: one }]).join('.');
  if (!Array.isArray(several)) return undefined;
  return nameParts((several as readonly unknown[]).map((part) => ({ Identifier: part }))).join('.');
}

function hasColumn(root: object): boolean {
  const open: object[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { Identifier: identifier, CompoundIdentifier: compound } = node as Fields;
    const name = (identifier as { readonly value?: string } | undefined)?.value;
    if (compound !== undefined || (name !== undefined && !name.startsWith('@'))) return true;
    for (const [field, value] of Object.entries(node)) {
      // The name of a function is made of identifiers as well.
      if (typeof value === 'object' && value !== null && field !== 'name') open.push(value as object);
    }
  }
  return false;
}
