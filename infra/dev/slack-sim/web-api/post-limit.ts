/** How many messages may come at once before the rate counts. */
const burstMax = 5;

/** Limits chat.postMessage per channel; unlimited without a rate. Slack documents about one a second. */
export class PostLimit {
  readonly #perSecond: number | undefined;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(perSecond: number | undefined, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** Undefined when the message may be posted, else the seconds to wait. */
  secondsToWait(channel: string): number | undefined {
    if (this.#perSecond === undefined) return undefined;
    const now = this.#now();
    const bucket = this.#buckets.get(channel) ?? { tokens: burstMax, at: now };
    const earned = ((now - bucket.at) / 1_000) * this.#perSecond;
    const tokens = Math.min(burstMax, bucket.tokens + earned);
    const allowed = tokens >= 1;
    this.#buckets.set(channel, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed ? undefined : Math.max(1, Math.ceil((1 - tokens) / this.#perSecond));
  }
}
