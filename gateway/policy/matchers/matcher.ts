import type { Reading } from '../glob.ts';
import type { JudgeInput } from '../judge-input.ts';
import type { Decision } from '../../config/rule-schema.ts';

/** One thing that a rule asks of a call. All of a rule's matchers must fit. */
export interface Matcher {
  /** Its key under `match`, or `when`. */
  readonly name: string;
  /** It asks for more than a list tells of a call: its arguments, its purpose, the time. */
  readonly needsCall: boolean;
  /** Its clause is told to the caller with the reason of the rule. */
  readonly isTold?: boolean;
  /** PURE. What cannot be judged fits a rule that restricts, and no rule that allows. */
  readonly fits: (input: JudgeInput) => boolean;
  /**
   * PURE. What it looked at, as a clause: why it fits, or why not. Empty: it fits, and the rule did not ask for it by
   * name. Holds no value of an argument.
   */
  readonly says: (input: JudgeInput, fits: boolean) => string;
}

/**
 * Whether a value fits. `undefined`: it cannot be judged, because it is of another type than the rule speaks of or is a
 * path in disguise; a rule that restricts then matches, and one that allows does not.
 */
export type Test = (value: unknown) => boolean | undefined;

/** For which rule a matcher is made. */
export interface ForRule {
  readonly decision: Decision;
  readonly reading: Reading;
}

/** PURE. What cannot be judged restricts, and never allows. */
export function settle(fits: boolean | undefined, { decision }: Pick<ForRule, 'decision'>): boolean {
  return fits ?? decision !== 'allow';
}

/** Lists and `a*|b` are alternatives in what a rule says of names and URIs. In arguments and claims, `|` means itself. */
export function alternativesOf(globs: string | readonly string[]): readonly string[] {
  return [globs].flat().flatMap((glob) => glob.split('|').map((part) => part.trim()));
}
