import { isKnown, mayBeOption, someWords } from './words.ts';

/** Which options of a program take a value of their own word. Names without dashes. */
export interface Grammar {
  /** Letters. */
  readonly valued?: string;
  /** Letters that take as their value what follows them in the same word, if anything does. */
  readonly attached?: string;
  readonly longValued?: readonly string[];
  /** The options without a value, for a program of which all are known: with letters, others are strange. */
  readonly flags?: string;
  readonly longFlags?: readonly string[];
  /** Its long options are written out, as those of programs in Go. */
  readonly isExact?: true;
}

export interface GivenOption {
  readonly name: string;
  readonly value: string | undefined;
}

export interface Options {
  readonly given: readonly GivenOption[];
  readonly operands: readonly string[];
  /** There may be more options than these: a word that is known only when it runs may be one. */
  readonly unsure: boolean;
  /** There is an option that the grammar does not know. Only where it lists the flags. */
  readonly strange: boolean;
}

/**
 * PURE. Takes a command line apart as `getopt_long` does. `first`: options end at the first operand, as for a program
 * that runs another; `anywhere`: they may follow operands.
 */
export function optionsOf(args: readonly string[], grammar: Grammar, place: 'first' | 'anywhere'): Options {
  const given: GivenOption[] = [];
  const operands: string[] = [];
  let unsure = false;
  let strange = false;
  let at = 0;
  const take = (): string | undefined => {
    const value = args[at];
    at += 1;
    // It may be no word at all, and then the next one is the value.
    if (value === undefined || value.includes(someWords)) unsure = true;
    return value;
  };
  while (at < args.length) {
    const word = args[at] ?? '';
    if (word === '--') {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (!mayBeOption(word)) {
      if (place === 'first') {
        operands.push(...args.slice(at));
        break;
      }
      operands.push(word);
      at += 1;
      continue;
    }
    at += 1;
    if (hidesOption(word, grammar)) {
      unsure = true;
      operands.push(word);
      if (place === 'first') {
        operands.push(...args.slice(at));
        break;
      }
    } else if (word.startsWith('--')) {
      const taken = takeLong(word, grammar, given, take);
      strange ||= taken === 'strange';
      unsure ||= taken === 'unsure';
    } else strange = takeShort(word, grammar, given, take) || strange;
  }
  return { given, operands, unsure: unsure || given.some(({ value }) => value?.includes(someWords)), strange };
}

/** Which option it is, is known only when it runs. Of `-n$count` only the value is. */
function hidesOption(word: string, { valued = '' }: Grammar): boolean {
  if (isKnown(word)) return false;
  if (word.startsWith('--')) return !/^--[\w-]+=/.test(word);
  const letters = /^-(\w*)/.exec(word)?.[1];
  return letters === undefined || !letters.split('').some((letter) => valued.includes(letter));
}

type Taken = 'strange' | 'unsure' | undefined;

function takeLong(word: string, grammar: Grammar, given: GivenOption[], take: () => string | undefined): Taken {
  const equals = word.indexOf('=');
  const typed = word.slice(2, equals < 0 ? undefined : equals);
  const { longValued = [], longFlags = [], flags, isExact = false } = grammar;
  const name = isExact ? typed : completed(typed, [...longValued, ...longFlags]);
  const isValued = longValued.includes(name);
  // Of a program of which not all options are known, another one may begin like this, without a value.
  const isGuess = name !== typed && flags === undefined;
  if (equals >= 0) given.push({ name, value: word.slice(equals + 1) });
  else given.push({ name, value: isValued && !isGuess ? take() : undefined });
  if (flags !== undefined && !isValued && !longFlags.includes(name)) return 'strange';
  return isValued && isGuess && equals < 0 ? 'unsure' : undefined;
}

/** A long option may be cut short as long as no other one begins like it. */
function completed(typed: string, names: readonly string[]): string {
  if (names.includes(typed)) return typed;
  const [first, ...others] = names.filter((name) => name.startsWith(typed));
  return first === undefined || others.length > 0 ? typed : first;
}

function takeShort(word: string, grammar: Grammar, given: GivenOption[], take: () => string | undefined): boolean {
  const { valued = '', attached = '', flags } = grammar;
  for (let index = 1; index < word.length; index += 1) {
    const letter = word.charAt(index);
    if (valued.includes(letter)) {
      const rest = word.slice(index + 1);
      given.push({ name: letter, value: rest === '' ? take() : rest });
      return false;
    }
    if (attached.includes(letter)) {
      given.push({ name: letter, value: word.slice(index + 1) });
      return false;
    }
    given.push({ name: letter, value: undefined });
    if (flags !== undefined && !flags.includes(letter)) return true;
  }
  return false;
}

/** PURE. Whether one of some options is given. One that is cut short may be any that begins like it. */
export function has({ given }: Options, names: readonly string[]): boolean {
  return given.some(({ name }) => names.some((wanted) => isOption(name, wanted)));
}

/** PURE. What an option says; the last one counts. */
export function valueOf({ given }: Options, names: readonly string[]): string | undefined {
  return given.findLast(({ name }) => names.includes(name))?.value;
}

/** PURE. */
export function isOption(name: string, wanted: string): boolean {
  return name === wanted || (name.length > 1 && wanted.length > 1 && wanted.startsWith(name));
}
