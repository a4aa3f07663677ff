import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

const tryAgainAfterMs = 1_000;

/** Servers may start in any order, so a program waits for the ones it cannot do without, and says which. */
export async function untilReady<T>(what: string, log: Logger, connect: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      log.warn({ reason: (error as Error).message }, `${what} cannot be reached yet, trying again`);
      await pause(tryAgainAfterMs);
    }
  }
}
