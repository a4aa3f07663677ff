/** How many calls in how long, and how many of them at once. */
export interface Rate {
  readonly calls: number;
  readonly withinMs: number;
  readonly burst: number | undefined;
}

/**
 * The calls of the last stretch of time, so that no stretch has more of them than the rate says, wherever it begins: a
 * counter that starts anew every minute lets twice as many through around the turn. The burst is a bucket beside it
 * (GCRA). `sharers` is how many gateways keep the rate together, each a part of it. Times are milliseconds of one clock
 * that nobody sets.
 */
export class RateWindow {
  readonly #rate: Rate;
  #times: number[] = [];
  #passed = 0;
  /** When the bucket is full again. */
  #fullAtMs = -Infinity;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** How long until one more call fits; 0 when it fits now. */
  waitMs(nowMs: number, sharers: number): number {
    this.#pass(nowMs);
    const { calls, withinMs, burst } = this.#rate;
    const most = partOf(calls, sharers);
    const blocking = this.#times[this.#times.length - most];
    const inWindow = this.#times.length - this.#passed;
    const forWindowMs = inWindow < most || blocking === undefined ? 0 : blocking + withinMs - nowMs;
    if (burst === undefined) return forWindowMs;
    const everyMs = withinMs / most;
    const forBurstMs = Math.max(this.#fullAtMs, nowMs) + everyMs - partOf(burst, sharers) * everyMs - nowMs;
    return Math.max(forWindowMs, Math.ceil(forBurstMs), 0);
  }

  take(nowMs: number, sharers: number): void {
    const { calls, withinMs } = this.#rate;
    this.#times.push(nowMs);
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + withinMs / partOf(calls, sharers);
  }

  #pass(nowMs: number): void {
    const times = this.#times;
    const { withinMs } = this.#rate;
    for (let next = times[this.#passed]; next !== undefined && next + withinMs <= nowMs; next = times[this.#passed]) {
      this.#passed += 1;
    }
    // What has passed lies at the head until it is half of the list, so that cutting it off costs each call next to nothing.
    if (this.#passed * 2 < times.length) return;
    this.#times = times.slice(this.#passed);
    this.#passed = 0;
  }
}

/** PURE. One gateway's part of a number, rounded up: however many gateways there are, each lets something through. */
export function partOf(most: number, sharers: number): number {
  return Math.ceil(most / sharers);
}
