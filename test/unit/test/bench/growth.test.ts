import { describe, expect, test } from 'vitest';
import { isFlat, tell, type Curve, type Series } from '../../../bench/growth/curve.ts';
import { draw } from '../../../bench/growth/svg.ts';

const series = (name: string, ...values: readonly number[]): Series => ({ name, values, promised: true });
const curve: Curve = {
  name: 'Cost of a call by <things>',
  of: 'things',
  sizes: [1, 10, 100],
  series: [series('steady, ms', 1, 1.1, 1.2), series('growing, ms', NaN, 2, 8)],
  beside: { 'MB on disk': ['1', '2', '3'] },
};

describe('a cost', () => {
  test('is flat up to a quarter more than at the smallest size that was measured, and no further', () => {
    expect(isFlat(series('', 1, 1.25, 0.5))).toBe(true);
    expect(isFlat(series('', 1, 1.26))).toBe(false);
    expect(isFlat(series('', 2, 1, 2.6))).toBe(false);
    expect(isFlat(series('', NaN, 4, 5))).toBe(true);
    expect(isFlat(series('', NaN, NaN))).toBe(false);
  });

  test('that nobody would notice may double', () => {
    expect(isFlat(series('', 0.04, 0.08))).toBe(true);
    expect(isFlat(series('', 0.04, 0.1))).toBe(false);
  });
});

describe('a curve', () => {
  test('is told with the verdict on each of its costs', () => {
    expect(tell(curve)).toMatch(/steady, ms .*1\.20 {3}flat\n.*growing, ms .*8\.00 {3}4\.00x\n.*MB on disk/);
  });

  test('is drawn with a line for each of its costs, which rises as the cost does', () => {
    const drawing = draw(curve);
    expect(drawing).toContain('Cost of a call by &lt;things>');
    const lines = [...drawing.matchAll(/polyline points="([^"]+)"/g)].map(([, points = '']) =>
      points.split(' ').map((point) => point.split(',').map(Number)),
    );
    expect(lines.map((points) => points.length)).toEqual([3, 2]);
    const [[, low = 0] = [], [, high = 0] = []] = lines[1] ?? [];
    expect(high).toBeLessThan(low);
    expect(drawing).not.toMatch(/NaN|undefined|Infinity/);
  });
});
