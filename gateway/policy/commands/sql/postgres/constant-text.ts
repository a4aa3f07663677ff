import { stringsIn } from './place.ts';
import type { Fields } from '../told.ts';

/** Longer sums are taken for texts that are made at run time. */
const partsMax = 200;

/** PURE. The text that an expression is whenever it runs: a literal, or literals that `||` joins. */
export function constantText(node: unknown): string | undefined {
  const parts: string[] = [];
  const open: unknown[] = [node];
  for (let count = 0; open.length > 0; count += 1) {
    const { A_Const: literal, A_Expr: sum, TypeCast: cast } = (open.pop() ?? {}) as Readonly<Record<string, Fields>>;
    const text = (literal?.['sval'] as { readonly sval?: string } | undefined)?.sval;
    if (count > partsMax) return undefined;
    if (literal !== undefined && literal['sval'] !== undefined) parts.push(text ?? '');
    else if (cast !== undefined && isText(cast)) open.push(cast['arg']);
    else if (sum?.['kind'] === 'AEXPR_OP' && stringsIn(sum['name']).join('.') === '||') {
      open.push(sum['rexpr'], sum['lexpr']);
    } else return undefined;
  }
  return parts.join('');
}

function isText({ typeName }: Fields): boolean {
  const { names } = (typeName ?? {}) as Fields;
  return stringsIn(names ?? []).at(-1) === 'text';
}
