/** One line of a curve. `values` stand beside the curve's sizes; NaN where nothing was measured. */
export interface Series {
  readonly name: string;
  /** Milliseconds, unless the name says otherwise. */
  readonly values: readonly number[];
  /** Whether the series is promised to be flat: nowhere over `flatMax` times its value at the smallest size. */
  readonly promised: boolean;
}

export function series(name: string, values: readonly number[], promised = true): Series {
  return { name, values, promised };
}

/** What something costs, by how much there is of something else. */
export interface Curve {
  readonly name: string;
  /** What there is more and more of: the horizontal axis. */
  readonly of: string;
  readonly sizes: readonly number[];
  readonly series: readonly Series[];
  /** Figures that are told and not drawn, by what they are: one for each size. */
  readonly beside: Readonly<Record<string, readonly string[]>>;
}

/** A cost that grows by less than this from the smallest size to the largest counts as flat. */
export const flatMax = 1.25;
/** What takes less than so many milliseconds may double without anybody's notice, or by the clock's own grain. */
const unnoticedMs = 0.05;

/** Each value as a multiple of the one at the smallest size that was measured. */
export function ratiosOf({ values }: Series): readonly number[] {
  const first = values.find((value) => !Number.isNaN(value)) ?? NaN;
  return values.map((value) => value / first);
}

export function isFlat({ values }: Series): boolean {
  const measured = values.filter((value) => !Number.isNaN(value));
  const [first = NaN] = measured;
  return measured.length > 0 && measured.every((value) => value <= first * flatMax || value - first <= unnoticedMs);
}

function verdictOf(series: Series): string {
  const measured = series.values.filter((value) => !Number.isNaN(value));
  const [first = NaN] = measured;
  const most = Math.max(...measured);
  if (measured.length < 2) return '-';
  if (!isFlat(series)) return `${(most / first).toFixed(2)}x`;
  return most <= first * flatMax ? 'flat' : `flat, +${shown(most - first)} ms`;
}

/** The curve as a table, with its verdicts. */
export function tell(curve: Curve): string {
  const { name, of, sizes, series, beside } = curve;
  const width = Math.max(
    ...series.map((each) => each.name.length),
    ...Object.keys(beside).map((key) => key.length),
    24,
  );
  const row = (head: string, cells: readonly string[], end = ''): string =>
    `  ${head.padEnd(width)}${cells.map((cell) => cell.padStart(12)).join('')}${end}\n`;
  const rows = series.map((each) => {
    const verdict = verdictOf(each);
    return row(each.name, each.values.map(shown), `   ${each.promised ? verdict : `(${verdict})`}`);
  });
  const others = Object.entries(beside).map(([what, values]) => row(what, values));
  const head = row(
    of,
    sizes.map((size) => size.toLocaleString('en')),
  );
  return `\n${name}\n${head}${rows.join('')}${others.join('')}`;
}

export function shown(value: number): string {
  if (Number.isNaN(value)) return '-';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
