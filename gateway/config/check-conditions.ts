import { compileCondition } from '../policy/conditions/compile.ts';
import type { ConditionProblem } from '../policy/conditions/condition.ts';
import { suggest } from './describe-issue.ts';
import type { Problem } from './problems.ts';
import type { ReadSource } from './read-source.ts';
import type { RuleFile } from './rule-schema.ts';

/** Every `when` is an expression that can be judged, and reads nothing that calls its rule speaks of do not have. */
export function checkConditions(files: readonly ReadSource[], problems: Problem[]): void {
  for (const { source, content, place } of files) {
    content.rules.forEach((rule, index) => {
      for (const message of problemsOfCondition(rule)) {
        problems.push(source.problem(place('rules', index, 'when'), message));
      }
    });
  }
}

/** PURE. What is wrong with a rule's `when`, each with its place in the expression. */
function problemsOfCondition({ when, decision, match }: Pick<RuleFile, 'when' | 'decision' | 'match'>) {
  if (when === undefined) return [];
  const compiled = compileCondition(when, { decision, reading: decision === 'allow' ? 'exact' : 'generous' });
  if ('problems' in compiled) return compiled.problems.map((problem) => describe(when, problem));
  if (decision === 'allow' || match.method !== undefined) return [];
  // What cannot be judged restricts, so such a rule would restrict every call that has none.
  return Object.entries(keyOfCalls)
    .filter(([name, key]) => compiled.condition.reads.has(name) && match[key] === undefined)
    .map(
      ([name, key]) => `reads ${name}, which not every call has; say match.${key} or match.method, of which it speaks`,
    );
}

/** What only some calls have, and the key under `match` by which a rule speaks of those. */
const keyOfCalls = { tool: 'tool', annotations: 'tool', command: 'tool', uri: 'uri' } as const;

function describe(when: string, { at, message, unknown }: ConditionProblem): string {
  const before = when.slice(0, at).split('\n');
  const line = before.length > 1 ? `line ${before.length}, ` : '';
  const place = `${line}character ${(before.at(-1)?.length ?? 0) + 1}`;
  return `${place} of the expression: ${message}${unknown === undefined ? '' : suggest(unknown.word, unknown.known)}`;
}
