import type { Act } from '../command.ts';
import { act, unknown, type Effects } from '../effects.ts';

/** What a program gets to read from whoever runs it. */
export interface Input {
  /** Undefined: known only when it runs. */
  readonly text: string | undefined;
  /** What it is, for a construct: `a download`. */
  readonly is: 'a download' | 'decoded text' | 'a text' | 'the output of another program' | 'a file';
}

/** A program that is run, with what is needed to tell what it would do. */
export interface Invocation {
  /** As it is listed, without its folder. */
  readonly program: string;
  readonly args: readonly string[];
  /** Undefined: nothing is given to it. */
  readonly input: Input | undefined;
  /** What another program would do that this one runs. Without an input: with the one of this one. */
  readonly run: (argv: readonly string[], input?: Input) => readonly Act[];
  /** What a text would do that this one gives to a shell. */
  readonly runText: (text: string, input?: Input) => readonly Act[];
}

/** PURE. Says what a program would do; never throws. */
export type ReadProgram = (call: Invocation) => readonly Act[];

export type Programs = Readonly<Record<string, ReadProgram>>;

/** PURE. One act of a shell by a program. */
export function does({ program }: Pick<Invocation, 'program'>, effects: Effects, construct: string): Act {
  return act('shell', effects, construct, { programs: [program] });
}

/** PURE. What cannot be told of a program before it runs. */
export function cannotTell(call: Pick<Invocation, 'program'>, construct: string): Act {
  return does(call, unknown, construct);
}
