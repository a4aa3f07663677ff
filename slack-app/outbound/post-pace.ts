/** A wait that nobody came back from for so long is forgotten: its case has ended. */
const forgottenAfterMs = 10 * 60_000;

interface Refusal {
  /** The attempt that was turned away before anything was posted. */
  readonly attempt: number;
  readonly slotMs: number;
}

/**
 * Slack takes about one new message a second in a channel, and says so only by refusing. From its first refusal on
 * each post gets a time of its own, in the order of asking, so that however many wait they neither crowd Slack nor
 * each other. It is no guard: a restart forgets it, and Slack refuses anew.
 */
export class PostPace {
  readonly #now: () => Date;
  readonly #refusals = new Map<string, Refusal>();
  #nextSlotMs = 0;
  #intervalMs = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Undefined when this may be posted now; else milliseconds after which it should ask again. */
  msToWait(id: string, attempt: number): number | undefined {
    const now = this.#now().getTime();
    const earlier = this.#refusals.get(id);
    const itsTurn = earlier !== undefined && earlier.slotMs <= now;
    return itsTurn || this.#nextSlotMs <= now ? undefined : this.#reserve(id, attempt, now);
  }

  /** Slack refused this post for so long. Returns milliseconds after which it should ask again. */
  refused(id: string, attempt: number, forMs: number): number {
    const now = this.#now().getTime();
    this.#intervalMs = forMs;
    this.#nextSlotMs = Math.max(this.#nextSlotMs, now + forMs);
    return this.#reserve(id, attempt, now);
  }

  /** True when it is known that the attempt before this one posted nothing. */
  hasNotPosted(id: string, attempt: number): boolean {
    return this.#refusals.get(id)?.attempt === attempt - 1;
  }

  settled(id: string): void {
    this.#refusals.delete(id);
  }

  #reserve(id: string, attempt: number, now: number): number {
    for (const [old, { slotMs }] of this.#refusals) {
      if (slotMs > now - forgottenAfterMs) break;
      this.#refusals.delete(old);
    }
    const slotMs = this.#nextSlotMs;
    this.#nextSlotMs += this.#intervalMs;
    this.#refusals.delete(id);
    this.#refusals.set(id, { attempt, slotMs });
    return slotMs - now;
  }
}
