import type { RuleFile } from '../../gateway/config/rule-schema.ts';

/** A policy with one thing in it changed. */
export interface Mutant {
  readonly says: string;
  readonly kind: 'deleted' | 'flipped' | 'widened';
  readonly rules: readonly RuleFile[];
}

const flipped = { allow: 'block', block: 'allow', require_approval: 'allow' } as const;
/** Of these, each part is a matcher of its own. */
const composed = ['claims', 'args', 'sql', 'shell', 'kubernetes', 'infrastructure', 'http', 'config'] as const;

/** Every rule deleted, flipped, and without one of its matchers: whoever tests a policy notices each of these. */
export function mutantsOf(rules: readonly RuleFile[]): Mutant[] {
  return rules.flatMap((rule, index) => {
    const having = (kind: Mutant['kind'], says: string, ...changed: readonly RuleFile[]): Mutant => ({
      says: `${rule.id} ${says}`,
      kind,
      rules: rules.toSpliced(index, 1, ...changed),
    });
    const { when: _when, ...unconditional } = rule;
    return [
      having('deleted', 'deleted'),
      having('flipped', `decides ${flipped[rule.decision]}`, { ...rule, decision: flipped[rule.decision] }),
      ...(rule.when === undefined ? [] : [having('widened', 'without its condition', unconditional)]),
      ...withoutMatchers(rule).map(([what, changed]) => having('widened', `without ${what}`, changed)),
    ];
  });
}

function withoutMatchers(rule: RuleFile): (readonly [string, RuleFile])[] {
  const match = rule.match as Readonly<Record<string, unknown>>;
  const keys = Object.keys(match).filter((key) => match[key] !== undefined);
  const without = (parts: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> =>
    Object.fromEntries(Object.entries(parts).filter(([name]) => name !== key));
  const replaced = (changed: object): RuleFile => ({ ...rule, match: changed });
  return keys.flatMap((key): (readonly [string, RuleFile])[] => {
    const parts = match[key] as Readonly<Record<string, unknown>>;
    const inner = (composed as readonly string[]).includes(key)
      ? Object.keys(parts).filter((part) => parts[part] !== undefined)
      : [];
    return [
      [key, replaced(without(match, key))],
      ...(inner.length < 2
        ? []
        : inner.map((part) => [`${key}.${part}`, replaced({ ...match, [key]: without(parts, part) })] as const)),
    ];
  });
}
