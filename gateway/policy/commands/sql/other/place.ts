import type { Dialect, Effect } from '../../command.ts';
import type { Targets } from '../act-list.ts';
import type { Scope } from '../scope.ts';

/** Something still to be looked at, and how. */
export interface Place {
  readonly scope: Scope | undefined;
  /** Where the names of tables go. */
  readonly relations: readonly Set<string>[];
  /** It is planned and not run: part of an EXPLAIN without ANALYZE. */
  readonly isPlanned: boolean;
}

/** One statement on its way to acts. */
export interface Walk {
  readonly dialect: Dialect;
  /** Tables and views whose rows it looks at. */
  readonly reads: Set<string>;
  open(construct: string, effects: readonly Effect[]): Targets;
  /** What it looks at is called this; `SELECT` unless said. */
  readAs(construct: string): void;
  visit(value: unknown, place: Place): void;
  visitStatement(statement: unknown, place: Place): void;
  /** Reads SQL that stands in the statement as a text. */
  readText(text: string): void;
}
