import type { Fields } from '../told.ts';
import type { Traversal } from '../traversal.ts';

/** One statement on its way to acts. */
export interface Walk extends Traversal {
  /** The names of statements that the same text has prepared. */
  readonly prepared: Set<string>;
  /** Reads SQL that stands in the statement as a text, or a body in PL/pgSQL. */
  readText(text: string): void;
  readBody(): void;
}

/** PURE. A table's name as it was written, in lower case where it was not quoted. */
export function relationName({ catalogname, schemaname, relname }: Fields): string {
  return [catalogname, schemaname, relname].filter((part) => typeof part === 'string').join('.');
}

/** PURE. The texts of a `String` node or of a list of them. */
export function stringsIn(node: unknown): readonly string[] {
  const nodes = Array.isArray(node) ? (node as readonly unknown[]) : [node];
  return nodes.flatMap((one) => {
    const { String: string, List: list } = one as { String?: { sval?: string }; List?: { items?: unknown } };
    if (list !== undefined) return stringsIn(list.items ?? []);
    return string === undefined ? [] : [string.sval ?? ''];
  });
}
