import { setTimeout as pause } from 'node:timers/promises';

const askAgainAfterMs = 50;

/** Asks until there is an answer, and fails with the last error or with `what` when the deadline passes. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  deadlineMs = 30_000,
): Promise<T> {
  const until = performance.now() + deadlineMs;
  let last: unknown;
  while (performance.now() < until) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await pause(askAgainAfterMs);
  }
  throw new Error(`did not happen within ${deadlineMs} ms: ${what}`, { cause: last });
}
