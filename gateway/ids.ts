import type { RandomBytes } from '../workflows/evidence/seal.ts';
import { uuidV7 } from '../workflows/evidence/uuid.ts';

/** `<prefix>_<uuidv7>`: sorts by the time it was made. */
export function newId(prefix: string, now: Date, random: RandomBytes): string {
  return `${prefix}_${uuidV7(now.getTime(), random)}`;
}
