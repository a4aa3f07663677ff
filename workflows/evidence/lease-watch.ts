/** Longer than any lease: whoever has not renewed for so long under our eyes is dead. In milliseconds. */
const silentMsMin = 15_000;
/** Whoever did not look for so long has seen nothing: then the holder may have been kept from renewing as well. */
const blindMsMax = 10_000;
const watchedMax = 10_000;

interface Sighting {
  readonly leaseUntilMs: number;
  readonly sinceMs: number;
  readonly lookedAtMs: number;
}

/**
 * Tells a lease holder that is dead from one whose clock disagrees with ours, or who could not reach PostgreSQL: a
 * lease is over when it was seen, again and again, to stay as it is. Wall clocks jump and differ between machines, so
 * only time measured here counts.
 */
export class LeaseWatch {
  readonly #elapsedMs: () => number;
  readonly #sightings = new Map<string, Sighting>();

  /** `elapsedMs` only ever grows, whatever the clock does. */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /** Whether the lease of `holder`, as it stands now, has not been renewed for longer than leases last. */
  isSilent(holder: string, leaseUntil: Date): boolean {
    const lookedAtMs = this.#elapsedMs();
    const leaseUntilMs = leaseUntil.getTime();
    const last = this.#sightings.get(holder);
    const isSame = last?.leaseUntilMs === leaseUntilMs && lookedAtMs - last.lookedAtMs <= blindMsMax;
    const sinceMs = isSame ? last.sinceMs : lookedAtMs;
    this.#sightings.delete(holder);
    this.#sightings.set(holder, { leaseUntilMs, sinceMs, lookedAtMs });
    const oldest = this.#sightings.keys().next();
    if (this.#sightings.size > watchedMax && oldest.done !== true) this.#sightings.delete(oldest.value);
    return lookedAtMs - sinceMs >= silentMsMin;
  }
}
