import type { ASTNode } from '@marcbachmann/cel-js';

/** PURE. The parts of a part of an expression, as they are written. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

/** A way down from a variable by names and list positions: `args.rows[0]`. */
export interface Path {
  /** A variable, or the item of a loop. */
  readonly name: string;
  /** The names up to the first position, or to one that is not written out. */
  readonly steps: readonly string[];
  /** All of it is in `steps`. */
  readonly isWhole: boolean;
}

/** PURE. Undefined: it is no way down, but something that is made. */
export function pathOf(node: ASTNode): Path | undefined {
  if (node.op === 'id') return { name: node.args, steps: [], isWhole: true };
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const owner = pathOf(node.args[0]);
  if (owner === undefined) return undefined;
  const step = node.op === '.' ? node.args[1] : node.args[1].op === 'value' ? node.args[1].args : undefined;
  if (!owner.isWhole || typeof step !== 'string') return { ...owner, isWhole: false };
  return { ...owner, steps: [...owner.steps, step] };
}

/** PURE. The chain of `&&` that an expression is; itself, when it is none. */
export function conjunctsOf(node: ASTNode): readonly ASTNode[] {
  return node.op === '&&' ? node.args.flatMap(conjunctsOf) : [node];
}

const literalsAndComments =
  /"""(?:\\[^]|(?!""")[^])*"""|'''(?:\\[^]|(?!''')[^])*'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/[^\n]*/g;

/** PURE. A part of an expression as it is written, with the parentheses around its ends that the parser leaves out. */
export function textOf(source: string, { start, end }: Pick<ASTNode, 'start' | 'end'>): string {
  const bare = source.replace(literalsAndComments, (text) => '_'.repeat(text.length));
  let open = 0;
  let missing = 0;
  for (const char of bare.slice(start, end)) {
    if (char === '(') open += 1;
    else if (char === ')' && open > 0) open -= 1;
    else if (char === ')') missing += 1;
  }
  let from = start;
  for (; missing > 0 && from > 0; missing -= bare[from] === '(' ? 1 : 0) from -= 1;
  let to = end;
  for (; open > 0 && to < bare.length; to += 1) open -= bare[to] === ')' ? 1 : 0;
  return source.slice(from, to);
}
