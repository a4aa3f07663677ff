import type { ASTNode, TypeDeclaration } from '@marcbachmann/cel-js';
import type { ConditionProblem } from './condition.ts';
import { childrenOf, pathOf } from './nodes.ts';
import { keyOf, type Size } from './reads.ts';

/**
 * An upper bound of what an evaluation costs: a sum of products of the sizes of what is read. One unit is about what it
 * takes to look at one part of an expression once, 100 ns on a slow core.
 */
export interface Cost {
  readonly terms: readonly Term[];
  /** Lists, texts and objects that the terms speak of, by {@link keyOf} or as `caller/groups`. */
  readonly keys: readonly string[];
}

interface Term {
  readonly units: number;
  readonly factors: readonly Factor[];
}

/**
 * `length`: the items of a list. `values`: all that is in it, for a loop over lists in a list takes each item of each
 * once. `text`: all that is in it and the length of its texts.
 */
interface Factor {
  readonly key: string;
  readonly of: 'length' | 'values' | 'text';
}

/** A loop that a part stands in. */
interface Loop {
  readonly item: string;
  /** What it goes through; undefined for a list that is written out. */
  readonly key: string | undefined;
}

interface Place {
  readonly loops: readonly Loop[];
  readonly factors: readonly Factor[];
  /** How often the lists that are written out have it asked. */
  readonly times: number;
}

/** Where an evaluation is refused. About 5 ms. */
const budgetUnits = 50_000;
/** An item that a loop cannot ask costs an error that is made and thrown away. */
const itemUnits = 30;
const unitsOfText = 32;
/** Per {@link unitsOfText}: a search by RE2, a comparison that folds letters, one that does not. */
const textUnits: Readonly<Record<string, number>> = { re: 16, glob: 8, size: 4 };
const loopsMax = 2;

const loopNames = ['all', 'exists', 'exists_one', 'filter'];
const wholeOperators = ['==', '!=', 'in'];

/** PURE. Throws nothing; what has no bound is a problem. */
export function costOf(ast: ASTNode): { readonly cost: Cost; readonly problems: readonly ConditionProblem[] } {
  const terms: Term[] = [];
  const problems: ConditionProblem[] = [];
  const add = (units: number, { factors, times }: Place, more: readonly Factor[] = []): void => {
    terms.push({ units: units * times, factors: [...factors, ...more] });
  };
  const visit = (node: ASTNode, place: Place): void => {
    add(1, place);
    if (node.op === 'rcall' && loopNames.includes(node.args[0])) return visitLoop(node, place);
    for (const { part, units } of textsReadBy(node)) {
      const over = factorOf(part, place, 'text');
      if (over !== undefined) add(units, over);
    }
    for (const child of childrenOf(node)) visit(child, place);
  };
  const visitLoop = (node: ASTNode & { readonly op: 'rcall' }, place: Place): void => {
    const [, list, [item, body]] = node.args;
    visit(list, place);
    if (item?.op !== 'id' || body === undefined) return;
    const inside = enter(list, item.args, place);
    if (inside === undefined) {
      problems.push({ at: node.start, message: 'a loop goes through a list of the call or one that is written out' });
    } else if (inside.factors.length > loopsMax) {
      problems.push({ at: node.start, message: `at most ${loopsMax} lists can be gone through inside each other` });
    } else {
      add(itemUnits, inside);
      visit(body, inside);
    }
  };
  visit(ast, { loops: [], factors: [], times: 1 });
  const keys = new Set(terms.flatMap(({ factors }) => factors.map(({ key }) => key)));
  return { cost: { terms: merge(terms), keys: [...keys] }, problems };
}

/** PURE. Whether an evaluation can be done in time; what is absent has no size. */
export function isAffordable({ terms }: Cost, sizes: ReadonlyMap<string, Size>): boolean {
  let units = 0;
  for (const term of terms) {
    let product = term.units;
    for (const { key, of } of term.factors) product *= sizeOf(sizes.get(key), of);
    units += product;
  }
  return units <= budgetUnits;
}

function sizeOf(size: Size | undefined, of: Factor['of']): number {
  if (size === undefined) return 0;
  return of === 'length' ? size.length : of === 'values' ? size.values : size.values + size.units / unitsOfText;
}

/** What is said for each item of a list. */
function enter(list: ASTNode, item: string, place: Place): Place | undefined {
  if (list.op === 'list') {
    const loops = [...place.loops, { item, key: undefined }];
    return { ...place, loops, times: place.times * Math.max(list.args.length, 1) };
  }
  if (list.op === 'rcall' && list.args[0] === 'filter') return enter(list.args[1], item, place);
  const over = factorOf(list, place, 'length');
  if (over === undefined) return undefined;
  return { ...over, loops: [...place.loops, { item, key: keyAt(list, place) }] };
}

/**
 * The place of something that looks at all of `part`. What belongs to the item of the innermost loop is looked at once
 * for each item, so all the items together are no more than their list.
 */
function factorOf(part: ASTNode, place: Place, of: Factor['of']): Place | undefined {
  const path = pathOf(part);
  if (path === undefined) return undefined;
  const innermost = place.loops.at(-1);
  const key = keyAt(part, place);
  if (innermost?.item === path.name) {
    if (key === undefined) return place;
    const last = place.factors.findLastIndex((factor) => factor.key === key);
    const wider = { key, of: of === 'length' ? 'values' : of } as const;
    return { ...place, factors: place.factors.with(last, wider) };
  }
  if (key === undefined) return place;
  const isList = place.loops.some(({ item }) => item === path.name) || !path.isWhole;
  return { ...place, factors: [...place.factors, { key, of: isList && of === 'length' ? 'values' : of }] };
}

function keyAt(part: ASTNode, { loops }: Place): string | undefined {
  const path = pathOf(part);
  if (path === undefined) return undefined;
  const loop = loops.find(({ item }) => item === path.name);
  if (loop !== undefined) return loop.key;
  return path.name === 'args' ? keyOf(path.steps) : [path.name, ...path.steps].join('/');
}

/** What a part of an expression reads from end to end, and how much that costs. */
function textsReadBy(node: ASTNode): readonly { readonly part: ASTNode; readonly units: number }[] {
  if (wholeOperators.includes(node.op)) {
    const parts = childrenOf(node);
    return parts.some(isScalar) && node.op !== 'in' ? [] : parts.map((part) => ({ part, units: 1 }));
  }
  if (node.op !== 'call' && node.op !== 'rcall') return [];
  if (node.args[0] === 'has') return [];
  return childrenOf(node).map((part) => ({ part, units: textUnits[node.args[0]] ?? 1 }));
}

function isScalar(node: ASTNode & { readonly checkedType?: TypeDeclaration }): boolean {
  return ['bool', 'int', 'double', 'null'].includes(node.checkedType?.name ?? '');
}

function merge(terms: readonly Term[]): readonly Term[] {
  const merged = new Map<string, Term>();
  for (const term of terms) {
    const key = term.factors.map(({ key, of }) => `${of} ${key}`).join('\n');
    merged.set(key, { ...term, units: term.units + (merged.get(key)?.units ?? 0) });
  }
  return [...merged.values()];
}
