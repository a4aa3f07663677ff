import type { Json } from '../../../workflows/contract/call.ts';
import type { ArgumentFile, RuleFile } from '../../config/rule-schema.ts';
import type { Reading } from '../glob.ts';
import { pathOf, valueAt } from '../../json-pointer.ts';
import { settle, type ForRule, type Matcher, type Test } from './matcher.ts';
import { onText, present } from './text.ts';
import { oneOf } from './words.ts';

/** `args`: what a call says, by JSON pointer. */
export function argumentMatchers({ args = {} }: RuleFile['match'], rule: ForRule): Matcher[] {
  return Object.entries(args).map(([path, file]) => matchArgument(pathOf(path), file, rule));
}

function matchArgument(path: readonly string[], file: ArgumentFile, rule: ForRule): Matcher {
  const test = compileTest(file, rule.reading);
  return {
    name: 'args',
    needsCall: true,
    fits: ({ args }) => settle(test(valueAt(args, path)), rule),
    says: ({ args }) => `argument /${path.join('/')} ${says(valueAt(args, path), test, file)}`,
  };
}

/** A pattern is named only where the value does not fit it: of one that fits, it could be the value itself. */
function says(value: Json | undefined, test: Test, file: ArgumentFile): string {
  if (!present(value)) return 'is absent';
  const fits = test(value);
  if (fits === undefined) return 'cannot be compared with what the rule asks for';
  if (fits) return typeof file === 'object' && 'exists' in file ? 'is there' : 'is what the rule asks for';
  if (typeof file === 'string') return `does not fit ${file}`;
  if (typeof file === 'object' && 'any' in file) return `does not fit ${oneOf(file.any)}`;
  return 'is not what the rule asks for';
}

/**
 * What a matcher excludes (`not`) is read the other way round, for the same reason for which rules that restrict read
 * generously. An absent value fits `exists: false` only; of what it is *not*, nothing can be said.
 */
function compileTest(file: ArgumentFile, reading: Reading): Test {
  if (typeof file === 'number') return (value) => present(value) && (isExact(value) ? value === file : undefined);
  if (typeof file === 'boolean') {
    return (value) => present(value) && (typeof value === 'boolean' ? value === file : undefined);
  }
  if (typeof file === 'string') return onText([file], reading);
  if ('any' in file) return onText(file.any, reading);
  if ('exists' in file) return (value) => present(value) === file.exists;
  const unwanted = onText([file.not], reading === 'exact' ? 'generous' : 'exact');
  return (value) => {
    const fits = present(value) ? unwanted(value) : undefined;
    return fits === undefined ? undefined : !fits;
  };
}

/** An integer beyond 2^53 may have been another one on the wire. */
function isExact(value: unknown): value is number {
  return typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value));
}
