import { ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import type { ConditionProblem } from './condition.ts';
import { OWN } from './environment.ts';

/** PURE. What the library's parser or checker found, in words. It knows no values, only the expression. */
export function problemOf(error: unknown): ConditionProblem {
  if (!(error instanceof ParseError || error instanceof CelTypeError)) {
    return { at: 0, message: error instanceof Error ? error.message : 'this is no expression' };
  }
  const at = error.node?.pos ?? error.range?.start ?? 0;
  return { at, message: inWords(error.summary.replaceAll(OWN, '')) };
}

const words: readonly (readonly [RegExp, string])[] = [
  [
    /^no such overload: (int \S+ double|double \S+ int)$/,
    'whole numbers and doubles do not mix here ($1): write 1.0 for 1, or int(…)',
  ],
  [/^no such overload: (.*)$/, 'there is no such comparison or calculation: $1'],
  [/^found no matching overload for '(.*)'$/, 'there is no function $1'],
  [/^No such key: (.*)$/, 'there is no field $1'],
  [
    /^Logical operator requires bool operands, got '(.*)'$/,
    '&& and || join what is true or false, and this is of type $1',
  ],
  [/^Exceeded maxAstNodes \((.*)\)$/, 'the expression is too large: more than $1 parts; split the rule'],
  [/^Exceeded max(\w+) \((.*)\)$/, 'the expression is too large: more than $2 of $1; split the rule'],
];

function inWords(summary: string): string {
  for (const [pattern, text] of words) if (pattern.test(summary)) return summary.replace(pattern, text);
  return `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`;
}
