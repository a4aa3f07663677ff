import type { Fields } from '../told.ts';

/** Deeper conditions are taken for ones that pick nothing. */
const depthMax = 50;

/**
 * PURE. Whether a WHERE picks rows, as far as it shows: `true`, `1 = 1`, `id = id` and `x or true` do not.
 */
export function picksRows(where: unknown, depth = 0): boolean {
  if (typeof where !== 'object' || where === null || depth > depthMax) return false;
  const node = where as Readonly<Record<string, Fields | undefined>>;
  const bool = node['BoolExpr'];
  if (bool !== undefined) {
    const args = Array.isArray(bool['args']) ? (bool['args'] as readonly unknown[]) : [];
    const picks = (arg: unknown): boolean => picksRows(arg, depth + 1);
    return bool['boolop'] === 'OR_EXPR' ? args.every(picks) : args.some(picks);
  }
  const { lexpr, rexpr } = node['A_Expr'] ?? {};
  const left = columnOf(lexpr);
  if (left !== undefined && left === columnOf(rexpr)) return false;
  return hasColumn(where);
}

function columnOf(node: unknown): string | undefined {
  const fields = (node as { readonly ColumnRef?: Fields } | undefined)?.ColumnRef?.['fields'];
  return fields === undefined ? undefined : JSON.stringify(fields);
}

function hasColumn(root: object): boolean {
  const open: object[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ('ColumnRef' in node || 'CurrentOfExpr' in node) return true;
    for (const value of Object.values(node))
      if (typeof value === 'object' && value !== null) open.push(value as object);
  }
  return false;
}
