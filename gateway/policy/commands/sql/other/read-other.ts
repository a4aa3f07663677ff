import type { Dialect } from '../../command.ts';
import type { ActList } from '../act-list.ts';

export function readOther(_dialect: Dialect, _text: string, acts: ActList): void {
  acts.unknown('a statement that cannot be read');
}
