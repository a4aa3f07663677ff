import type { JudgeInput } from '../judge-input.ts';

/**
 * What a rule's `when` says of a call, compiled. Whoever evaluates it is behind this interface, so that it can be
 * replaced by another evaluator of the same language.
 */
export interface Condition {
  /** The variables that it reads. */
  readonly reads: ReadonlySet<string>;
  /** It reads more than a list tells of a call: false when it asks for connection, method, tool and caller alone. */
  readonly needsCall: boolean;
  /** PURE. Never throws, and takes a few milliseconds at most, whatever the call holds. */
  readonly judge: (input: JudgeInput) => Finding;
  /** What must hold all together: the parts that the expression joins by `&&`; one, when it joins none. */
  readonly clauses: () => readonly Clause[];
}

export interface Clause {
  /** As it stands in the rule. */
  readonly text: string;
  readonly judge: (input: JudgeInput) => Finding;
}

export type Finding = boolean | Doubt;

/** Why a condition cannot be judged. A closed list, so that it can be told without telling a value. */
export type Doubt = (typeof doubts)[keyof typeof doubts];

export const doubts = {
  unfit: 'it reads what is absent or of another type',
  otherType: 'it reads a value of another type than it is compared with',
  tooLarge: 'what it reads is too large',
  tooDeep: 'what it reads is nested too deeply',
  inexact: 'it reads a number that may have been another one',
  noObject: 'the arguments are no object',
  disguised: 'it reads a path in disguise',
  unknownEffect: 'what the command would do is not known',
  unknownTarget: 'what the command would act on is not known',
  untrusted: 'what the server says of its tool is not trusted',
} as const;

/** Thrown while a condition is judged, and never further. */
export class DoubtError extends Error {
  readonly doubt: Doubt;

  constructor(doubt: Doubt) {
    super(doubt);
    this.doubt = doubt;
  }
}

/** What is wrong with an expression, and where. */
export interface ConditionProblem {
  readonly message: string;
  /** In UTF-16 units from the start of the expression. */
  readonly at: number;
  /** A word that nobody knows, and the words that could stand there. */
  readonly unknown?: { readonly word: string; readonly known: readonly string[] };
}
