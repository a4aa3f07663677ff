import type { Act } from '../command.ts';
import { read, type Effects } from '../effects.ts';
import { cannotTell, does, type Invocation, type ReadProgram } from './invocation.ts';
import { has, isOption, optionsOf, type Grammar, type Options } from './options.ts';

/** What an option makes of a program: its effects, and how that is called. */
export type Turn = readonly [effects: Effects, construct: string];

/** A program of which options tell what it does. */
export interface Plain {
  readonly effects: Effects;
  /** The default is the name of the program. */
  readonly construct?: string;
  readonly grammar?: Grammar;
  /** What options add, each by its names: `o|output`. */
  readonly adds?: Readonly<Record<string, Turn>>;
  /** When it only looks, though it can do more. */
  readonly looks?: Looks;
}

interface Looks {
  /** One of these options is given. Undefined: none need be. */
  readonly with?: readonly string[];
  /** No others but these, and those, are. */
  readonly and?: readonly string[];
  /** It has as many operands at most. */
  readonly operands?: number;
}

/** PURE. */
export function plain(program: Plain): ReadProgram {
  const { effects, grammar = {}, adds = {}, looks } = program;
  const turns = Object.entries(adds).map(([names, turn]) => ({ names: names.split('|'), turn }));
  return (call) => {
    const construct = program.construct ?? call.program;
    if (turns.length === 0 && looks === undefined) return [does(call, effects, construct)];
    const options = optionsOf(call.args, grammar, 'anywhere');
    if (looks !== undefined && looksOnly(options, looks)) return [does(call, read, call.program)];
    const added = turns.filter(({ names }) => has(options, names)).map(({ turn }) => does(call, ...turn));
    return [does(call, effects, construct), ...added, ...(turns.length > 0 ? unsureOf(call, options) : [])];
  };
}

function looksOnly({ given, operands, unsure }: Options, { with: needs, and = [], operands: max = Infinity }: Looks) {
  if (unsure || operands.length > max) return false;
  const among = (name: string, names: readonly string[]): boolean => names.some((wanted) => isOption(name, wanted));
  if (needs !== undefined && !given.some(({ name }) => among(name, needs))) return false;
  return given.every(({ name }) => among(name, and) || (needs !== undefined && among(name, needs)));
}

/** PURE. */
export function unsureOf(call: Pick<Invocation, 'program'>, { unsure }: Options): readonly Act[] {
  return unsure ? [cannotTell(call, `${call.program} with options that are known only when it runs`)] : [];
}
