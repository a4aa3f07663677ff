import type { Limit } from './limit.ts';
import { partOf, RateWindow } from './rate-window.ts';

/** A budget is whole again after so long without a call; so a session without an end of its own has one. */
export const budgetIdleMs = 60 * 60_000;
/** Calls end at any time, so whoever has too many under way is told to look again soon. */
const lookAgainMs = 1_000;

/** Why a call does not fit, and when it may. */
export interface Excess {
  readonly of: 'rate' | 'concurrent' | 'calls' | 'answerBytes';
  readonly waitMs: number;
}

/**
 * What one limit has counted for one caller, connection or session. It is asked first and then taken, without anything
 * in between, so that a call that one limit turns away costs nothing of another.
 */
export class Account {
  readonly #limit: Limit;
  readonly #rate: RateWindow | undefined;
  #underWay = 0;
  #calls = 0;
  #answerBytes = 0;
  #lastMs = -Infinity;

  constructor(limit: Limit) {
    this.#limit = limit;
    this.#rate = limit.rate === undefined ? undefined : new RateWindow(limit.rate);
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Why one more call does not fit now. `messageOnly`: it wants no answer, and counts for the rate alone. */
  excess(nowMs: number, sharers: number, { messageOnly, waits }: Ask): Excess | undefined {
    const { concurrent, budget } = this.#limit;
    const waitMs = this.#rate?.waitMs(nowMs, sharers) ?? 0;
    const found: Excess[] = waitMs > 0 ? [{ of: 'rate', waitMs }] : [];
    if (messageOnly) return found[0];
    if (concurrent !== undefined && !waits && this.#underWay >= partOf(concurrent, sharers)) {
      found.push({ of: 'concurrent', waitMs: lookAgainMs });
    }
    if (budget !== undefined) {
      const wholeInMs = this.#lastMs + budgetIdleMs - nowMs;
      if (wholeInMs <= 0) this.#renewBudget();
      if (this.#calls >= partOf(budget.calls, sharers)) found.push({ of: 'calls', waitMs: wholeInMs });
      if (this.#answerBytes >= partOf(budget.answerBytes, sharers))
        found.push({ of: 'answerBytes', waitMs: wholeInMs });
    }
    return strictest(found);
  }

  take(nowMs: number, sharers: number, { messageOnly, waits }: Ask): void {
    this.#rate?.take(nowMs, sharers);
    this.#lastMs = nowMs;
    if (messageOnly) return;
    this.#calls += 1;
    if (!waits) this.#underWay += 1;
  }

  /** A call that was taken is over. */
  end(nowMs: number, answerBytes: number, { messageOnly, waits }: Ask): void {
    this.#lastMs = nowMs;
    this.#answerBytes += answerBytes;
    if (!messageOnly && !waits) this.#underWay -= 1;
  }

  /** Nothing would change if it were made anew. */
  isIdle(nowMs: number): boolean {
    const { rate, budget } = this.#limit;
    const keptMs = Math.max(rate?.withinMs ?? 0, budget === undefined ? 0 : budgetIdleMs);
    return this.#underWay === 0 && nowMs - this.#lastMs >= keptMs;
  }

  #renewBudget(): void {
    this.#calls = 0;
    this.#answerBytes = 0;
  }
}

/** What of a call counts. */
export interface Ask {
  readonly messageOnly: boolean;
  /** It waits for a person, or for as long as its caller listens: it is not counted as under way. */
  readonly waits: boolean;
}

/** PURE. The one that keeps a call waiting longest. */
export function strictest<T extends { readonly waitMs: number }>(all: readonly T[]): T | undefined {
  return all.reduce<T | undefined>(
    (worst, one) => (worst === undefined || one.waitMs > worst.waitMs ? one : worst),
    undefined,
  );
}
