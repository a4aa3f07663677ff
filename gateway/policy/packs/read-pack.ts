import { describeIssue } from '../../config/describe-issue.ts';
import type { Problem } from '../../config/problems.ts';
import type { ReadFile } from '../../config/references.ts';
import { Source } from '../../config/source.ts';
import { OWN_PREFIX } from '../own-rules.ts';
import { packSchema, type PackFile } from './pack-schema.ts';

/** A pack as its file has it. */
export interface ReadPack {
  readonly source: Source;
  readonly pack: PackFile;
}

/** Reads and checks one pack by itself. Undefined: something is wrong, and stands in `problems`. Throws when it cannot be read. */
export function readPack(file: string, readFile: ReadFile, problems: Problem[]): ReadPack | undefined {
  const source = new Source(file, readFile(file));
  problems.push(...source.problems);
  if (source.problems.length > 0) return undefined;
  const { data, error } = packSchema.safeParse(source.value);
  const found =
    data === undefined
      ? error.issues.flatMap((issue) => describeIssue(issue)).map(({ path, message }) => source.problem(path, message))
      : [...ruleProblems(source, data), ...testProblems(source, data)];
  problems.push(...found);
  return data === undefined || found.length > 0 ? undefined : { source, pack: data };
}

function ruleProblems(source: Source, { rules }: PackFile): Problem[] {
  return rules.flatMap(({ id, match, decision }, index) => {
    const problem = (path: readonly string[], message: string): Problem =>
      source.problem(['rules', index, ...path], message);
    const allows = 'a pack restricts and never allows; write block or require_approval';
    const places = 'where a pack applies is for those to say who use it; leave `connection` out';
    return [
      ...(decision === 'allow' ? [problem(['decision'], allows)] : []),
      ...(match.connection === undefined ? [] : [problem(['match', 'connection'], places)]),
      ...(rules.findIndex((rule) => rule.id === id) < index
        ? [problem(['id'], `rule "${id}" stands above already`)]
        : []),
    ];
  });
}

function testProblems(source: Source, { rules, tests }: PackFile): Problem[] {
  return tests.flatMap(({ call, expect: { rule } }, index) => {
    const problem = (path: readonly string[], message: string): Problem =>
      source.problem(['tests', index, ...path], message);
    const isKnown = rule === undefined || rule.startsWith(OWN_PREFIX) || rules.some(({ id }) => id === rule);
    return [
      ...((call.command === undefined) === (call.args === undefined)
        ? [problem(['call'], 'a call has either a `command` or `args`')]
        : []),
      ...(isKnown ? [] : [problem(['expect', 'rule'], `there is no rule "${rule}" in this pack`)]),
    ];
  });
}
