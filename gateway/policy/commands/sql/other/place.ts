import type { Dialect } from '../../command.ts';
import type { Place, Traversal } from '../traversal.ts';

/** One statement on its way to acts. */
export interface Walk extends Traversal {
  readonly dialect: Dialect;
  visitStatement(statement: unknown, place: Place): void;
  /** Reads SQL that stands in the statement as a text. */
  readText(text: string): void;
}
