import type { z } from 'zod';
import type { ConfigPath } from './source.ts';
import { fileSchema, ruleSchema, claimNames } from './schema.ts';

export interface DescribedIssue {
  readonly path: ConfigPath;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** A typo this close to a known word is taken for it. */
const editsMax = 2;

/** Puts what the schema found into words: one line for each unknown key, with the word that was probably meant. */
export function describeIssue(issue: Issue): DescribedIssue[] {
  const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `${where}unknown key "${key}"${suggestion(key)}`,
    }));
  }
  // Of the alternatives of a union, the one that got furthest tells most.
  if (issue.code === 'invalid_union') {
    const nested = issue.errors.flat().find((inner) => inner.code === 'unrecognized_keys');
    if (nested !== undefined) return describeIssue({ ...nested, path: [...issue.path, ...nested.path] });
    return [{ path: issue.path, message: `${where}this value has none of the forms it may have` }];
  }
  return [{ path: issue.path, message: `${where}${issue.message}` }];
}

const knownKeys: readonly string[] = [
  ...Object.keys(fileSchema.shape),
  ...Object.keys(ruleSchema.shape),
  ...Object.keys(ruleSchema.shape.match.unwrap().shape),
  ...Object.keys(fileSchema.shape.connections.unwrap().element.shape),
  ...Object.keys(fileSchema.shape.issuers.unwrap().element.shape),
  ...Object.keys(ruleSchema.shape.approval.unwrap().shape),
  ...claimNames,
];

function suggestion(key: string): string {
  const near = knownKeys.filter((known) => known !== key && edits(known, key) <= editsMax);
  const [best] = near.toSorted((a, b) => edits(a, key) - edits(b, key));
  return best === undefined ? '' : `; did you mean "${best}"?`;
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
