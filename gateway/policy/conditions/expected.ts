import type { ASTNode, TypeDeclaration } from '@marcbachmann/cel-js';
import { childrenOf } from './nodes.ts';

/** What a value of JSON can be. */
export type Kind = 'text' | 'number' | 'truth' | 'null' | 'list' | 'object';

/**
 * What an expression takes the arguments for. CEL calls a text unequal to every list, so `args.env != "prod"` would hold
 * for `["prod"]`, and a loop goes over the names of an object: a caller who sends another type than the rule speaks of
 * must not get past it.
 */
export interface Expected {
  /** Empty: anything. */
  readonly kinds: Set<Kind>;
  readonly byName: Map<string, Expected>;
  /** Of the items of a list. */
  items: Expected | undefined;
}

type Typed = ASTNode & { readonly checkedType?: TypeDeclaration };
/** What the items of loops are taken for, by their names. */
type Items = ReadonlyMap<string, Expected>;

const loopNames = ['all', 'exists', 'exists_one', 'filter'];

/** PURE. What `ast`, whose types are known, takes `args` for. */
export function expectedOf(ast: ASTNode): Expected {
  const args = anything();
  const visit = (node: ASTNode, items: Items): void => {
    if (node.op === '==' || node.op === '!=') {
      const [left, right] = node.args;
      expectEqual(placeOf(left, items), right);
      expectEqual(placeOf(right, items), left);
    }
    if (node.op === 'in') expectMember(node.args[0], node.args[1], items);
    if (node.op === 'rcall' && loopNames.includes(node.args[0])) return visitLoop(node, items);
    for (const child of childrenOf(node)) visit(child, items);
  };
  const visitLoop = (node: ASTNode & { readonly op: 'rcall' }, items: Items): void => {
    const [, list, [item, body]] = node.args;
    visit(list, items);
    if (item?.op !== 'id' || body === undefined) return;
    const place = placeOf(listOf(list), items);
    place?.kinds.add('list');
    visit(body, new Map([...items, [item.args, place === undefined ? anything() : itemsOf(place)]]));
  };
  const placeOf = (node: ASTNode, items: Items): Expected | undefined => {
    if (node.op === 'id') return items.get(node.args) ?? (node.args === 'args' ? args : undefined);
    if (node.op !== '.' && node.op !== '[]') return undefined;
    const owner = placeOf(node.args[0], items);
    if (owner === undefined) return undefined;
    if (node.op === '.') return fieldOf(owner, node.args[1]);
    const [, index] = node.args;
    if (index.op === 'value' && typeof index.args === 'string') return fieldOf(owner, index.args);
    return (index as Typed).checkedType?.name === 'int' ? itemsOf(owner) : undefined;
  };
  /** Objects have members as well, their names; of those, only `args` itself is asked. */
  const expectMember = (member: ASTNode, list: ASTNode, items: Items): void => {
    const place = placeOf(member, items);
    const among = placeOf(listOf(list), items);
    if (list.op === 'list') for (const item of list.args) expectEqual(place, item);
    else if ((list as Typed).checkedType?.valueType?.name === 'string' && among === undefined) place?.kinds.add('text');
    if (among === undefined || among === args) return;
    among.kinds.add('list');
    expectEqual(itemsOf(among), member);
  };
  visit(ast, new Map());
  return args;
}

/** PURE. Whether a value is what it is taken for. Whoever asks for null alone asks whether it is anything else. */
export function isExpected(value: unknown, { kinds }: Expected): boolean {
  return kinds.size === 0 || kinds.has(kindOf(value)) || (kinds.size === 1 && kinds.has('null'));
}

function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'number';
    case 'boolean':
      return 'truth';
    default:
      if (value === null) return 'null';
      return Array.isArray(value) ? 'list' : 'object';
  }
}

function expectEqual(place: Expected | undefined, other: Typed): void {
  const kind = kinds[other.checkedType?.kind === 'list' ? 'list' : (other.checkedType?.name ?? '')];
  if (place !== undefined && kind !== undefined) place.kinds.add(kind);
}

const kinds: Readonly<Record<string, Kind>> = {
  string: 'text',
  int: 'number',
  double: 'number',
  bool: 'truth',
  null: 'null',
  list: 'list',
};

function listOf(list: ASTNode): ASTNode {
  return list.op === 'rcall' && list.args[0] === 'filter' ? listOf(list.args[1]) : list;
}

function fieldOf(owner: Expected, name: string): Expected {
  const field = owner.byName.get(name) ?? anything();
  owner.byName.set(name, field);
  return field;
}

function itemsOf(owner: Expected): Expected {
  return (owner.items ??= anything());
}

function anything(): Expected {
  return { kinds: new Set(), byName: new Map(), items: undefined };
}
