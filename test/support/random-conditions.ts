import type { Json } from '../../workflows/contract/call.ts';
import type { Chance } from './chance.ts';

/** Makes expressions of all that a condition may be, sound ones and others, over `args.a`, `args.b` and `args.c`. */
export function randomExpression(chance: Chance): string {
  return truth(chance, chance.below(4), []);
}

function truth(chance: Chance, depth: number, items: readonly string[]): string {
  const path = (): string => pathOf(chance, items);
  const inner = (): string => truth(chance, depth - 1, items);
  if (depth <= 0) return comparison(chance, items);
  switch (chance.below(6)) {
    case 0:
      return `(${inner()} && ${inner()})`;
    case 1:
      return `(${inner()} || ${inner()})`;
    case 2:
      return `!(${inner()})`;
    case 3:
      return comparison(chance, items);
    default: {
      const item = `v${items.length}`;
      const list = chance.pick([path(), path(), path(), '["a", "b", "c"]', '[1, 2.5, "x"]', 'caller.groups']);
      const body = truth(chance, depth - 1, [...items, item]);
      const loop = chance.pick(['all', 'exists', 'exists_one', 'filter']);
      return loop === 'filter' ? `size(${list}.filter(${item}, ${body})) > 1` : `${list}.${loop}(${item}, ${body})`;
    }
  }
}

function comparison(chance: Chance, items: readonly string[]): string {
  const path = (): string => pathOf(chance, items);
  const text = (): string => chance.pick([path(), path(), '"x"', '"ab"', 'caller.subject']);
  const number = (): string => chance.pick(['1', '2.0', '0', '10', '-1', path(), `size(${path()})`]);
  const literal = chance.pick(['"x"', '1', '1.5', 'true', '"ab"', '[]', '[1]', '["x", "ab"]', 'null']);
  const equality = chance.pick(['==', '!=']);
  return chance.pick([
    `${path()} ${equality} ${literal}`,
    `${path()} ${equality} ${path()}`,
    `${number()} ${chance.pick(['<', '<=', '>', '>='])} ${number()}`,
    `has(${path()}.k)`,
    `${path()} in ${path()}`,
    `"x" in ${path()}`,
    `${path()} in ["x", "b", 3, 1.5, true]`,
    `${path()}.${chance.pick(['startsWith', 'endsWith', 'contains'])}(${text()})`,
    `re(${path()}, "(a|b)+$")`,
    `glob(${path()}, "*a?b*")`,
    `[${path()}] == [${path()}]`,
    `"q" + ${path()} == ${path()}`,
    `${path()} + 1.0 > ${number()}`,
    `${path()} * 2.0 == ${number()}`,
    `(${path()} == "x" ? ${path()} == 1 : ${path()} == 2)`,
    `(${path()} < 2) == (${path()} < 3)`,
  ]);
}

function pathOf(chance: Chance, items: readonly string[]): string {
  const root = chance.pick(['args.a', 'args.b', 'args.c', ...items, ...items, ...items]);
  return chance.below(2) === 0 ? root : `${root}${chance.pick(['.k', '.a', '.list', '["k"]', '[0]', '[1]'])}`;
}

/** Arguments of a few small values, among which many are the same. */
export function smallArguments(chance: Chance): Json {
  const scalars = ['x', 'ab', '', 'b', 1, 2, 3, 1.5, -1, 0, true, false, 'ada'];
  return threeOf(chance, { scalar: () => chance.pick(scalars), length: () => chance.below(4) });
}

/** Arguments of about `size` items and characters, of which it takes long to say anything. */
export function largeArguments(chance: Chance, size: number): Json {
  const root = Math.floor(Math.sqrt(size));
  const text = (): string => chance.pick(['a', 'é', '\u{fdfa}', 'ab', 'x']).repeat(chance.pick([size, root, 1]));
  const scalar = (): Json => (chance.below(2) === 0 ? text() : chance.pick([1, true, null, 'x']));
  return threeOf(chance, { scalar, length: () => chance.pick([size, size, root, 3]) });
}

interface Making {
  readonly scalar: () => Json;
  readonly length: () => number;
}

function threeOf(chance: Chance, making: Making): Json {
  return { a: valueOf(chance, making, 3), b: valueOf(chance, making, 3), c: valueOf(chance, making, 3) };
}

function valueOf(chance: Chance, making: Making, depth: number): Json {
  const kind = chance.below(depth > 0 ? 8 : 4);
  if (kind < 4) return making.scalar();
  if (kind === 4) {
    const names = ['k', 'a', 'list'].filter(() => chance.below(4) > 0);
    return Object.fromEntries(names.map((name) => [name, valueOf(chance, making, depth - 1)]));
  }
  // Long lists hold the same few values, or making them would take longer than what is measured.
  const some = Array.from({ length: 4 }, () => valueOf(chance, making, depth - 1));
  return Array.from({ length: making.length() }, () => chance.pick(some));
}
