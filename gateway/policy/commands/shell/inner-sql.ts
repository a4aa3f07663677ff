import type { Act, Dialect } from '../command.ts';
import { act, unknown } from '../effects.ts';

/** What SQL would do that a client in a shell is given. */
export function readSql(_dialect: Dialect, _text: string): readonly Act[] {
  return [act('sql', unknown, 'SQL in a shell')];
}
