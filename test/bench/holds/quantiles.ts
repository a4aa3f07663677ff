export interface Quantiles {
  readonly of: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** PURE. In the unit of the measurements, rounded to whole ones. */
export function quantiles(measured: readonly number[]): Quantiles {
  const sorted = measured.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN);
  return { of: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
