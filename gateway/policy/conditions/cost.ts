import type { ASTNode, TypeDeclaration } from '@marcbachmann/cel-js';
import type { ConditionProblem } from './condition.ts';
import { OWN } from './environment.ts';
import { childrenOf, pathOf } from './nodes.ts';
import { keyOf, type Size } from './reads.ts';

/**
 * An upper bound of what an evaluation costs: a sum of products of the sizes of what is read. One unit is about what it
 * takes to look at one part of an expression once, 100 ns on a slow core.
 */
export interface Cost {
  /** What does not depend on what is read. */
  readonly base: number;
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
 * once. `text`: all that is in it and the length of its texts. `folded`: their length with compatibility forms written
 * out, of which one character can be eighteen.
 */
interface Factor {
  readonly key: string;
  readonly of: 'length' | 'values' | 'text' | 'folded';
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
/** What cannot be asked costs an error that is made, and that `exists`, `all`, `&&` and `||` throw away. */
const errorUnits = 25;
/** A function of a number, a moment or a short text. */
const callUnits = 5;
const unitsOfText = 32;
const CONTAINS = `${OWN}contains`;
const foldedLength = 18;
/** What a function costs per {@link unitsOfText} of its text. */
const textUnits: Readonly<Record<string, number>> = { re: 20, glob: 8, size: 4, [CONTAINS]: 4 };
const loopsMax = 2;

const loopNames = ['all', 'exists', 'exists_one', 'filter'];

/** PURE. What has no bound is a problem. */
export function costOf(ast: ASTNode): { readonly cost: Cost; readonly problems: readonly ConditionProblem[] } {
  const terms: Term[] = [];
  const problems: ConditionProblem[] = [];
  const add = (units: number, { factors, times }: Place): void => {
    terms.push({ units: units * times, factors });
  };
  const visit = (node: ASTNode, place: Place): void => {
    add(unitsOf(node), place);
    if (node.op === 'rcall' && loopNames.includes(node.args[0])) return visitLoop(node, place);
    for (const { texts, units, of = 'text' } of textsReadBy(node)) {
      // A text that is looked for in a text: each with each, in the worst case.
      const [first, second] = texts.map((text) => pathsIn(text));
      for (const path of first ?? []) {
        const over = factorOf(path, place, of);
        if (second === undefined) add(units, over);
        else for (const other of second) add(units, factorOf(other, over, of));
      }
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
      add(errorUnits, inside);
      visit(body, inside);
    }
  };
  visit(ast, { loops: [], factors: [], times: 1 });
  const keys = new Set(terms.flatMap(({ factors }) => factors.map(({ key }) => key)));
  const [base = 0] = merge(terms.filter(({ factors }) => factors.length === 0)).map(({ units }) => units);
  const dependent = merge(terms.filter(({ factors }) => factors.length > 0));
  return { cost: { base, terms: dependent, keys: [...keys] }, problems };
}

/** PURE. Whether an evaluation can be done in time; what is absent has no size. */
export function isAffordable({ base, terms }: Cost, sizes: ReadonlyMap<string, Size>): boolean {
  let units = base;
  for (const term of terms) {
    let product = term.units;
    for (const { key, of } of term.factors) product *= sizeOf(sizes.get(key), of);
    units += product;
  }
  return units <= budgetUnits;
}

function sizeOf(size: Size | undefined, of: Factor['of']): number {
  if (size === undefined) return 0;
  switch (of) {
    case 'length':
      return size.length;
    case 'values':
      return size.values;
    case 'text':
      return size.values + size.units / unitsOfText;
    case 'folded':
      return size.values + (size.units + (foldedLength - 1) * size.wideUnits) / unitsOfText;
  }
}

/** What is said for each item of a list. */
function enter(list: ASTNode, item: string, place: Place): Place | undefined {
  if (list.op === 'list') {
    const loops = [...place.loops, { item, key: undefined }];
    return { ...place, loops, times: place.times * Math.max(list.args.length, 1) };
  }
  if (list.op === 'rcall' && list.args[0] === 'filter') return enter(list.args[1], item, place);
  if (pathOf(list) === undefined) return undefined;
  const over = factorOf(list, place, 'length');
  return { ...over, loops: [...place.loops, { item, key: keyAt(list, place) }] };
}

/**
 * The place of something that looks at all of `part`. What belongs to the item of the innermost loop is looked at once
 * for each item, so all the items together are no more than their list.
 */
function factorOf(part: ASTNode, place: Place, of: Factor['of']): Place {
  const path = pathOf(part);
  if (path === undefined) return place;
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

/** What a part costs by itself, once. */
function unitsOf({ op }: ASTNode): number {
  if (op === '&&' || op === '||') return 2 * errorUnits;
  return op === 'call' || op === 'rcall' ? callUnits : 1;
}

interface TextsRead {
  /** One; or two, of which one is looked for in the other. */
  readonly texts: readonly ASTNode[];
  readonly units: number;
  readonly of?: 'folded';
}

/** What a part of an expression reads from end to end, and how much that costs. */
function textsReadBy(node: ASTNode): readonly TextsRead[] {
  switch (node.op) {
    case '==':
    case '!=':
      return node.args.some(isShort) ? [] : node.args.map((text) => ({ texts: [text], units: 1 }));
    case 'in':
      return node.args.map((text) => ({ texts: [text], units: 1 }));
    case '+':
      return node.args.map((text) => ({ texts: [text], units: 1 }));
    case 'call': {
      const [name, [text]] = node.args;
      const units = textUnits[name];
      if (text === undefined || units === undefined) return [];
      return [{ texts: [text], units, ...(name === 'glob' ? { of: 'folded' } : {}) }];
    }
    case 'rcall': {
      const [name, text, [sought]] = node.args;
      if (sought === undefined) return [{ texts: [text], units: textUnits[name] ?? 1 }];
      if (name !== CONTAINS) return [{ texts: [sought], units: 1 }];
      return [{ texts: pathsIn(sought).length === 0 ? [text] : [text, sought], units: textUnits[CONTAINS] ?? 1 }];
    }
    default:
      return [];
  }
}

/** What a part of an expression can have its value from. */
function pathsIn(part: ASTNode): readonly ASTNode[] {
  return pathOf(part) === undefined ? childrenOf(part).flatMap(pathsIn) : [part];
}

/** Comparing something with it takes no longer than it is. */
function isShort(node: ASTNode & { readonly checkedType?: TypeDeclaration }): boolean {
  return ['bool', 'int', 'double', 'null', 'string'].includes(node.checkedType?.name ?? '');
}

function merge(terms: readonly Term[]): readonly Term[] {
  const merged = new Map<string, Term>();
  for (const term of terms) {
    const key = term.factors.map(({ key, of }) => `${of} ${key}`).join('\n');
    merged.set(key, { ...term, units: term.units + (merged.get(key)?.units ?? 0) });
  }
  return [...merged.values()];
}
