import type { z } from 'zod';
import { configJsonSchema } from './json-schema.ts';
import type { ConfigPath } from './source.ts';

export interface DescribedIssue {
  readonly path: ConfigPath;
  readonly message: string;
}

export type Issue = z.core.$ZodIssue;

/** Puts what the schema found into words: one line for each unknown key, with the word that was probably meant. */
export function describeIssue(issue: Issue): DescribedIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `unknown key${suggest(key, knownKeysAt(issue.path))}`,
    }));
  }
  if (issue.code === 'invalid_union') return describeUnion(issue);
  return [{ path: issue.path, message: issue.message }];
}

/** Of the alternatives, one that has all the keys that are there was probably meant, then one with the least wrong. */
function describeUnion(issue: Extract<Issue, { code: 'invalid_union' }>): DescribedIssue[] {
  const strange = (issues: readonly Issue[]): number =>
    Number(issues.some(({ code, path }) => code === 'unrecognized_keys' && path.length === 0));
  const [nearest = []] = issue.errors.toSorted((a, b) => strange(a) - strange(b) || a.length - b.length);
  const unknown = nearest.filter(({ code }) => code === 'unrecognized_keys');
  const telling = unknown.length > 0 ? unknown : nearest.filter(({ path }) => path.length > 0);
  if (telling.length === 0) return [{ path: issue.path, message: 'this value has none of the forms it may have' }];
  return telling.flatMap((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** Of `known`, the word that was probably meant, as the end of a sentence; empty when none is near. */
export function suggest(word: string, known: readonly string[]): string {
  const editsMax = word.length > 3 ? 2 : 1;
  const [best] = known
    .map((candidate) => ({ candidate, distance: edits(candidate, word) }))
    .filter(({ distance }) => distance > 0 && distance <= editsMax)
    .toSorted((a, b) => a.distance - b.distance);
  return best === undefined ? '' : `; did you mean "${best.candidate}"?`;
}

/** The part of JSON Schema that says which keys an object may have. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | false;
  readonly propertyNames?: { readonly enum?: readonly string[] };
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

function knownKeysAt(path: ConfigPath): readonly string[] {
  let nodes = alternatives(configJsonSchema());
  for (const step of path) nodes = nodes.flatMap((node) => below(node, step)).flatMap(alternatives);
  return nodes.flatMap((node) => [...Object.keys(node.properties ?? {}), ...(node.propertyNames?.enum ?? [])]);
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf?.flatMap(alternatives) ?? [node];
}

function below(node: SchemaNode, step: PropertyKey): readonly SchemaNode[] {
  const next = typeof step === 'number' ? node.items : (node.properties?.[String(step)] ?? node.additionalProperties);
  return next === undefined || next === false ? [] : [next];
}

/** Levenshtein distance. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_unused, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
