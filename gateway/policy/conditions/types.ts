import type { ASTNode, TypeDeclaration } from '@marcbachmann/cel-js';
import type { ConditionProblem } from './condition.ts';
import { fold } from '../glob.ts';
import { childrenOf, pathOf } from './nodes.ts';

/** The library's checker leaves the type of every part with it. */
type Typed = ASTNode & { readonly checkedType?: TypeDeclaration };
type Infix = readonly [Typed, Typed];

/** What of a typed expression the library would answer wrongly, or never, at the moment of a call. */
export interface TypeReport {
  readonly problems: ConditionProblem[];
  /** Two values of which nothing is known are compared. */
  readonly comparesUnknowns: boolean;
}

const arithmetic = ['+', '-', '*', '/', '%'];
const relations = ['<', '<=', '>', '>='];
const durationType = 'google.protobuf.Duration';
const timestampType = 'google.protobuf.Timestamp';

/** PURE. Checks an expression whose types are known. */
export function checkTypes(ast: ASTNode): TypeReport {
  const problems: ConditionProblem[] = [];
  let comparesUnknowns = false;
  const visit = (node: Typed): void => {
    for (const child of childrenOf(node)) visit(child);
    const message = complaintOf(node);
    if (message !== undefined) problems.push({ at: node.start, message });
    if (isInfix(node)) comparesUnknowns ||= node.args.every(holdsUnknown);
  };
  visit(ast);
  return { problems, comparesUnknowns };
}

function isInfix(node: Typed): node is Typed & { readonly args: Infix } {
  return [...arithmetic, ...relations, '==', '!=', 'in'].includes(node.op);
}

function complaintOf(node: Typed): string | undefined {
  if (node.op === '-_') return typeOf(node.args) === 'int' && node.args.op !== 'value' ? 'write 0 - …' : undefined;
  if (!isInfix(node)) return undefined;
  const { op, args } = node;
  if (args.some(isEmail) && args.some(isUnfolded)) return 'caller.email is in lower case';
  if (op === '==' || op === '!=') return complaintOfEquality(args);
  if (op === 'in') return undefined;
  if (args.every(isUnknown)) {
    return `of neither side of ${op} is known what it is; write int(…), double(…) or timestamp(…) around one`;
  }
  if (relations.includes(op)) return complaintOfRelation(args);
  return complaintOfArithmetic(op, args);
}

function isEmail(node: Typed): boolean {
  const path = pathOf(node);
  return path?.name === 'caller' && path.steps[0] === 'email';
}

function isUnfolded({ op, args }: Typed): boolean {
  if (op === 'list') return args.some(isUnfolded);
  return op === 'value' && typeof args === 'string' && fold(args) !== args;
}

function complaintOfEquality(args: Infix): string | undefined {
  return args.some((arg) => typeOf(arg) === durationType) ? 'durations are compared with < or >' : undefined;
}

function complaintOfRelation(args: Infix): string | undefined {
  const types = args.map(typeOf);
  if (types.includes(timestampType) && args.some(isUnknown)) return 'write timestamp(…) around the text';
  if (!types.includes('string')) return undefined;
  // The library orders texts by UTF-16 units and the language by code points; both agree beside an ASCII text.
  const isAscii = ({ op, args: value }: Typed): boolean =>
    op === 'value' && typeof value === 'string' && /^[\0-\x7f]*$/.test(value);
  return args.some(isAscii)
    ? undefined
    : 'a text can be ordered before or after an ASCII text that is written out only';
}

function complaintOfArithmetic(op: string, args: Infix): string | undefined {
  const [left, right] = args;
  const types = args.map(typeOf);
  if (types.includes('list')) return 'lists cannot be joined; ask for them one by one';
  if (types.every((type) => type === durationType)) return 'write one duration';
  if (args.some(isUnknown) && (types.includes('int') || op === '%')) {
    return `numbers of arguments are doubles: write int(…) ${op} 1, or 1.0 for 1`;
  }
  if (op !== '/' && op !== '%') return undefined;
  const isPositive = right.op === 'value' && typeof right.args === 'bigint' && right.args > 0n;
  return typeOf(left) === 'int' && !isPositive
    ? 'a whole number is divided by a positive one that is written out'
    : undefined;
}

function holdsUnknown({ checkedType }: Typed): boolean {
  return checkedType?.hasDynType === true;
}

function isUnknown(node: Typed): boolean {
  return node.checkedType?.kind === 'dyn';
}

function typeOf({ checkedType }: Typed): string | undefined {
  return checkedType?.kind === 'list' ? 'list' : checkedType?.name;
}
