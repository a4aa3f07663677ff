import type { Effect } from '../../command.ts';
import type { Targets } from '../act-list.ts';
import type { Fields } from '../told.ts';
import type { Scope } from '../scope.ts';

/** Something still to be looked at, and how. */
export interface Place {
  readonly scope: Scope | undefined;
  /** Where the names of tables go. */
  readonly relations: readonly Set<string>[];
  /** It is planned and not run: part of an EXPLAIN without ANALYZE. Functions may be called all the same. */
  readonly isPlanned: boolean;
}

/** One statement on its way to acts. */
export interface Walk {
  /** Tables and views whose rows it looks at. */
  readonly reads: Set<string>;
  /** The names of statements that the same text has prepared. */
  readonly prepared: Set<string>;
  open(construct: string, effects: readonly Effect[]): Targets;
  /** What it looks at is called this; `SELECT` unless said. */
  readAs(construct: string): void;
  visit(value: unknown, place: Place): void;
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
