import type { Act, System } from '../command.ts';
import {
  act,
  admin,
  adminDestroy,
  destroy,
  execute,
  fetch,
  install,
  network,
  read,
  send,
  unknown,
  write,
  type Effects,
} from '../effects.ts';
import type { Invocation, Programs } from './invocation.ts';
import { isKnown } from './words.ts';

/** How verbs of a program are listed: names separated by blanks, by what they do. */
const kinds = { read, write, destroy, admin, adminDestroy, execute, network, fetch, send, install, unknown };
type Kind = keyof typeof kinds;

/** A program whose first operand, or first ones, say what it does. */
export interface Verbs extends Readonly<Partial<Record<Kind, string>>> {
  /** Options that may stand before the verb, with dashes: those with a value of their own word, and the others. */
  readonly valued: readonly string[];
  readonly flags: readonly string[];
  /** What it does without a verb; undefined: nothing is known of it. */
  readonly none?: Effects;
  /** Verbs that have verbs of their own. */
  readonly nested?: Readonly<Record<string, Verbs>>;
}

export interface FoundVerb {
  /** As listed, from the outermost. */
  readonly path: readonly string[];
  /** Undefined: the verb is not listed, or not known before it runs. */
  readonly effects: Effects | undefined;
  /** What follows the verb. */
  readonly rest: readonly string[];
  /** The options before it. */
  readonly options: readonly (readonly [name: string, value: string | undefined])[];
}

/** PURE. Which listed verb a command line has. */
export function findVerb(verbs: Verbs, args: readonly string[]): FoundVerb {
  const path: string[] = [];
  const options: (readonly [string, string | undefined])[] = [];
  let table = verbs;
  let at = 0;
  for (;;) {
    const word = args[at];
    const found = (effects: Effects | undefined, rest: number): FoundVerb => ({
      path,
      effects,
      rest: args.slice(rest),
      options,
    });
    if (word === undefined) return found(table.none, at);
    if (!isKnown(word) && !/^--[\w-]+=/.test(word)) return found(undefined, at);
    if (word === '--help' || word === '--version') return found(read, at + 1);
    const listed = verbOf(table, word);
    if (listed !== undefined) {
      path.push(word);
      at += 1;
      if (!('valued' in listed)) return found(listed, at);
      table = listed;
      continue;
    }
    if (!word.startsWith('-') || word === '-') return found(undefined, at);
    const taken = takeOption(table, verbs, args, at);
    if (taken === undefined) return found(undefined, at);
    options.push([taken.name, taken.value]);
    at = taken.next;
  }
}

function takeOption(table: Verbs, outer: Verbs, args: readonly string[], at: number) {
  const word = args[at] ?? '';
  const valued = (name: string): boolean => table.valued.includes(name) || outer.valued.includes(name);
  const flag = (name: string): boolean => table.flags.includes(name) || outer.flags.includes(name);
  if (flag(word)) return { name: word, value: undefined, next: at + 1 };
  if (valued(word)) {
    const value = args[at + 1];
    return value === undefined || !isKnown(value) ? undefined : { name: word, value, next: at + 2 };
  }
  const equals = word.indexOf('=');
  if (word.startsWith('--') && equals > 0) {
    const name = word.slice(0, equals);
    return valued(name) || flag(name) ? { name, value: word.slice(equals + 1), next: at + 1 } : undefined;
  }
  const short = word.slice(0, 2);
  if (word.startsWith('--')) return undefined;
  if (valued(short)) return { name: short, value: word.slice(2), next: at + 1 };
  const letters = word
    .slice(1)
    .split('')
    .map((letter) => `-${letter}`);
  return letters.every(flag) ? { name: word, value: undefined, next: at + 1 } : undefined;
}

const compiled = new WeakMap<Verbs, ReadonlyMap<string, Effects | Verbs>>();

function verbOf(verbs: Verbs, word: string): Effects | Verbs | undefined {
  let table = compiled.get(verbs);
  if (table === undefined) {
    const entries = Object.entries(kinds).flatMap(([kind, effects]) =>
      (verbs[kind as Kind] ?? '')
        .split(/\s+/)
        .filter(Boolean)
        .map((verb) => [verb, effects] as const),
    );
    table = new Map<string, Effects | Verbs>([...entries, ...Object.entries(verbs.nested ?? {})]);
    compiled.set(verbs, table);
  }
  return table.get(word);
}

/** PURE. One act by its verb, and one more when something of it cannot be told. */
export function actOfVerb(system: System, program: string, { path, effects }: FoundVerb): Act {
  const targets = { programs: [program], verbs: path.length === 0 ? [] : [path.join(' ')] };
  if (effects === undefined) return act(system, unknown, `a ${program} command that is not known`, targets);
  return act(system, effects, [program, ...path].join(' '), targets);
}

/** PURE. Programs of which the verb tells all. */
export function verbs(programs: Readonly<Record<string, Verbs>>): Programs {
  return Object.fromEntries(
    Object.entries(programs).map(([name, table]) => [
      name,
      ({ args }: Invocation) => [actOfVerb('shell', name, findVerb(table, args))],
    ]),
  );
}
