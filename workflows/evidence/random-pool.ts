import { randomBytes } from 'node:crypto';
import type { RandomBytes } from './seal.ts';

const poolBytes = 16 * 1024;

/** Random bytes from the system's generator, drawn in larger blocks: a draw costs more than what it gives. */
export function createRandomPool(draw: RandomBytes = randomBytes): RandomBytes {
  let pool: Buffer = Buffer.alloc(0);
  let used = 0;
  return (size) => {
    if (size > poolBytes) return draw(size);
    if (used + size > pool.length) {
      pool = draw(poolBytes);
      used = 0;
    }
    used += size;
    return pool.subarray(used - size, used);
  };
}
