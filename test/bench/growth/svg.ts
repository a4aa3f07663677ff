import { ratiosOf, flatMax, shown, type Curve, type Series } from './curve.ts';

const [width, height] = [760, 420];
const plot = { left: 64, right: 480, top: 56, bottom: 360 };
/** Told apart by people who see colours differently, on white and on black (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8c6bb1', '#999999', '#a6761d'];
const ratioTicks = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4, 5, 8, 10, 20, 50, 100, 200, 500, 1_000, 10_000];

/** Draws a curve: sizes to the right and cost upwards as a multiple of the smallest size's, both logarithmic. */
export function draw(curve: Curve): string {
  const { name, of, sizes, series } = curve;
  const ratios = series.flatMap((each) => ratiosOf(each)).filter(Number.isFinite);
  const [low, high] = [Math.min(0.7, ...ratios), Math.max(1.6, ...ratios)].map(Math.log);
  const [first, last] = [sizes[0] ?? 1, sizes.at(-1) ?? 1].map(Math.log);
  const x = (size: number): number => plot.left + share(Math.log(size), first, last) * (plot.right - plot.left);
  const y = (ratio: number): number => plot.bottom - share(Math.log(ratio), low, high) * (plot.bottom - plot.top);
  const across = ratioTicks
    .filter((tick) => Math.log(tick) >= (low ?? 0) && Math.log(tick) <= (high ?? 0))
    .map(
      (tick) =>
        `${line(plot.left, y(tick), plot.right, y(tick), 'grid')}${text(plot.left - 8, y(tick) + 4, `${tick}×`, 'end')}`,
    );
  const down = sizes.map((size) => {
    const label = text(x(size), plot.bottom + 20, size.toLocaleString('en'), 'middle');
    return `${line(x(size), plot.top, x(size), plot.bottom, 'grid')}${label}`;
  });
  const limit = line(plot.left, y(flatMax), plot.right, y(flatMax), 'limit');
  const lines = series.map((each, index) => drawLine(each, index, sizes, x, y));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(name)}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-size: 16px; font-weight: 600 }
  .grid { stroke: #8884; stroke-width: 1 } .limit { stroke: #d1242f; stroke-dasharray: 5 4 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
</style>
${text(plot.left, 26, name, 'start', 'title')}
${text(plot.left, 44, `cost as a multiple of the one at the smallest size; red: ${flatMax}×; dotted: no promise`, 'start')}
${[...across, ...down, limit, ...lines].join('\n')}
${text((plot.left + plot.right) / 2, plot.bottom + 44, of, 'middle')}
</svg>
`;
}

function drawLine(
  series: Series,
  index: number,
  sizes: readonly number[],
  x: (size: number) => number,
  y: (ratio: number) => number,
): string {
  const colour = colours[index % colours.length] ?? '#999999';
  const points = ratiosOf(series).flatMap((ratio, at) =>
    Number.isFinite(ratio) ? [[x(sizes[at] ?? 1), y(ratio)]] : [],
  );
  const dots = points.map(([cx, cy]) => `<circle cx="${place(cx)}" cy="${place(cy)}" r="3.5" fill="${colour}"/>`);
  const path = points.map(([px, py]) => `${place(px)},${place(py)}`).join(' ');
  const legendY = plot.top + 10 + index * 38;
  const [first = NaN, last = NaN] = [series.values[0], series.values.at(-1)];
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${series.promised ? '' : ' stroke-dasharray="2 3"'}/>${dots.join('')}
<rect x="${plot.right + 16}" y="${legendY - 9}" width="12" height="12" fill="${colour}"/>
${text(plot.right + 34, legendY + 2, series.name, 'start')}${text(plot.right + 34, legendY + 18, `${shown(first)} → ${shown(last)}`, 'start')}`;
}

function share(value: number, from: number | undefined, to: number | undefined): number {
  const [low, high] = [from ?? 0, to ?? 1];
  return high === low ? 0.5 : (value - low) / (high - low);
}

function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line class="${kind}" x1="${place(x1)}" y1="${place(y1)}" x2="${place(x2)}" y2="${place(y2)}"/>`;
}

function text(x: number, y: number, content: string, anchor: string, kind = ''): string {
  return `<text class="${kind}" x="${place(x)}" y="${place(y)}" text-anchor="${anchor}">${escape(content)}</text>`;
}

function place(at: number | undefined): string {
  return (at ?? 0).toFixed(1);
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
