import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Decision } from '../../gateway/config/rule-schema.ts';

export interface ShippedCondition {
  /** The file it stands in. */
  readonly file: string;
  readonly when: string;
  readonly decision: Decision;
}

/** Every `when` of every rule that is shipped: in packs, in the sample, in the reference of the language. */
export function shippedConditions(): readonly ShippedCondition[] {
  const files = ['gateway/policy/packs', 'infra/sample']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`))
    .filter((file) => file.endsWith('.yaml'));
  const pages = ['gateway/policy/README.md', 'gateway/policy/conditions/README.md'].filter((file) => existsSync(file));
  return [
    ...files.flatMap((file) => conditionsIn(file, readFileSync(file, 'utf8'))),
    ...pages.flatMap((file) => blocksOf(readFileSync(file, 'utf8')).flatMap((block) => conditionsIn(file, block))),
  ];
}

function blocksOf(page: string): readonly string[] {
  return [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

function conditionsIn(file: string, yaml: string): readonly ShippedCondition[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    const value = document.toJS() as { readonly rules?: unknown } | readonly unknown[] | null;
    const rules = Array.isArray(value)
      ? value
      : ((value as { readonly rules?: readonly unknown[] } | null)?.rules ?? []);
    return (rules as readonly { readonly when?: string; readonly decision?: Decision }[]).flatMap(
      ({ when, decision }) => (when === undefined ? [] : [{ file, when, decision: decision ?? 'block' }]),
    );
  });
}
