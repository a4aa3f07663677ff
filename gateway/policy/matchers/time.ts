import type { MatchFile } from '../../config/rule-schema.ts';
import { settle, type ForRule, type Matcher } from './matcher.ts';
import { clockOf, describeWallTime, isWithin, parseTimeWindow, type WallTime } from './time-window.ts';

/** One clock for each zone: every rule that asks it is asked about the same moment. */
const clocks = new Map<string, (at: Date) => WallTime | undefined>();

/** `time`: by the clocks of a zone, inside one of some windows or outside all of them. */
export function timeMatchers({ time }: MatchFile, rule: ForRule): Matcher[] {
  if (time === undefined) return [];
  const { tz, inside, outside } = time;
  const texts = [inside ?? outside ?? []].flat();
  const windows = texts.map(parseTimeWindow).filter((window) => typeof window !== 'string');
  const clock = clocks.get(tz) ?? clockOf(tz);
  clocks.set(tz, clock);
  const isInside = (at: Date): boolean | undefined => {
    const wall = clock(at);
    return wall === undefined ? undefined : windows.some((window) => isWithin(window, wall));
  };
  return [
    {
      name: 'time',
      needsCall: true,
      fits: ({ at }) => {
        const within = isInside(at);
        return settle(within === undefined ? undefined : within === (inside !== undefined), rule);
      },
      says: ({ at }) => {
        const wall = clock(at);
        if (wall === undefined) return 'the time of the call is not known';
        return `it is ${describeWallTime(wall)} in ${tz}, ${isInside(at) === true ? 'inside' : 'outside'} ${texts.join(' and ')}`;
      },
    },
  ];
}
