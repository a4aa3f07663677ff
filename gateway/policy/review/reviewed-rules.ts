import type { Config } from '../../config/config.ts';
import type { Problem } from '../../config/problems.ts';
import type { ReadSource } from '../../config/read-source.ts';
import type { RuleFile } from '../../config/rule-schema.ts';
import type { ConfigPath } from '../../config/source.ts';
import type { Rule } from '../rule.ts';
import { scopeOf, type Scope } from './scope.ts';

/** A rule where it stands, to be looked at beside all others. */
export interface ReviewedRule {
  readonly file: RuleFile;
  readonly rule: Rule;
  readonly scope: Scope;
  readonly ofPack: boolean;
  /** Something to say of a part of it. */
  readonly at: (path: ConfigPath, message: string) => Problem;
}

/** The rules of files, and then those of the packs that they use. */
export function reviewedRules(
  { policy, connections }: Pick<Config, 'policy' | 'connections'>,
  files: readonly ReadSource[],
  packs: readonly ReadSource[],
): ReviewedRule[] {
  const byId = new Map(policy.rules.map((rule) => [rule.id, rule]));
  const names = connections.map(({ name }) => name);
  return [...files, ...packs].flatMap((source, position) =>
    source.content.rules.flatMap((file, index): ReviewedRule[] => {
      const rule = byId.get(file.id);
      if (rule === undefined) return [];
      const at: ReviewedRule['at'] = (path, message) =>
        source.source.problem(source.place('rules', index, ...path), message);
      return [{ file, rule, scope: scopeOf(file, rule, names), ofPack: position >= files.length, at }];
    }),
  );
}
