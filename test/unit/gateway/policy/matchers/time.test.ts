import { describe, expect, test } from 'vitest';
import { ruleSchema } from '../../../../../gateway/config/rule-schema.ts';
import { judge } from '../../../../../gateway/policy/judge.ts';
import type { JudgeInput } from '../../../../../gateway/policy/judge-input.ts';
import { isWithin, parseTimeWindow } from '../../../../../gateway/policy/matchers/time-window.ts';
import type { Decision } from '../../../../../gateway/config/rule-schema.ts';
import { compileRule } from '../../../../../gateway/policy/rule.ts';
import { createChance } from '../../../../support/chance.ts';

const caller = { issuer: 'i', subject: 's', groups: [], actors: [] };
const callAt = (at: Date): JudgeInput => ({ connection: 'ops', method: 'tools/call', tool: 'x', caller, args: {}, at });

/** Whether one rule with these hours applies at a moment. */
function appliesAt(time: object, moment: string | Date, decision: Decision = 'block'): boolean {
  const rule = compileRule(ruleSchema.parse({ id: 'r', decision, match: { time } }), undefined);
  const policy = { rules: [rule], defaultDecision: 'require_approval' as const, defaultApproval: undefined };
  return judge(policy, callAt(new Date(moment))).ruleIds.length === 1;
}

describe('hours of the week', () => {
  const office = 'Mon-Fri 09:00-18:00';
  // 2026-11-24 is a Tuesday; São Paulo is three hours behind UTC all year.
  test.each([
    ['the first minute', '2026-11-24T12:00:00Z', true],
    ['the last second', '2026-11-24T20:59:59.999Z', true],
    ['the end, which does not belong to them', '2026-11-24T21:00:00Z', false],
    ['the minute before', '2026-11-24T11:59:59Z', false],
    ['a Saturday', '2026-11-28T15:00:00Z', false],
    ['Friday night in UTC, which is Friday evening there', '2026-11-28T00:30:00Z', false],
  ])('are those of their zone: %s', (_name, at, inside) => {
    const tz = 'America/Sao_Paulo';
    expect(appliesAt({ tz, inside: office }, at)).toBe(inside);
    expect(appliesAt({ tz, outside: office }, at)).toBe(!inside);
  });

  test('over midnight belong to the day on which they begin', () => {
    const time = { tz: 'UTC', inside: 'Fri 22:00-06:00' };
    const moments = [
      '2026-11-27T21:59Z',
      '2026-11-27T22:00Z',
      '2026-11-28T05:59Z',
      '2026-11-28T06:00Z',
      '2026-11-28T22:30Z',
    ];
    expect(moments.map((at) => appliesAt(time, at))).toEqual([false, true, true, false, false]);
  });

  test('may be several, and outside means outside all of them', () => {
    const windows = ['Mon-Fri 09:00-18:00', 'Sat 10:00-14:00'];
    const saturday = '2026-11-28T11:00:00Z';
    expect(appliesAt({ tz: 'UTC', inside: windows }, saturday)).toBe(true);
    expect(appliesAt({ tz: 'UTC', outside: windows }, saturday)).toBe(false);
    expect(appliesAt({ tz: 'UTC', outside: windows }, '2026-11-28T15:00:00Z')).toBe(true);
  });

  test.each([
    // Berlin: clocks go from 02:00 to 03:00 on 2026-03-29, and from 03:00 to 02:00 on 2026-10-25.
    ['before the leap', '2026-03-29T00:30:00Z', true],
    ['just after the leap, an hour that the clocks do not show', '2026-03-29T01:00:00Z', false],
    ['the first time round', '2026-10-25T00:15:00Z', true],
    ['the second time round', '2026-10-25T01:15:00Z', true],
    ['after the second time', '2026-10-25T01:45:00Z', false],
    ['in winter, one hour later by UTC than in summer', '2026-12-01T00:30:00Z', true],
  ])('follow the clocks when they change: %s', (_name, at, inside) => {
    expect(appliesAt({ tz: 'Europe/Berlin', inside: '01:00-02:30' }, at)).toBe(inside);
  });

  test('of zones that are off by half and quarter hours are right', () => {
    expect(appliesAt({ tz: 'Asia/Kathmandu', inside: '09:00-09:01' }, '2026-11-24T03:15:30Z')).toBe(true);
    expect(appliesAt({ tz: 'Australia/Lord_Howe', inside: '09:00-09:01' }, '2026-07-01T22:30:00Z')).toBe(true);
  });

  test('restrict a call of which nobody knows the time, and never allow it', () => {
    const never = new Date(Number.NaN);
    expect(appliesAt({ tz: 'UTC', inside: '00:00-24:00' }, never, 'block')).toBe(true);
    expect(appliesAt({ tz: 'UTC', outside: '00:00-24:00' }, never, 'block')).toBe(true);
    expect(appliesAt({ tz: 'UTC', inside: '00:00-24:00' }, never, 'allow')).toBe(false);
  });
});

describe('a window', () => {
  test.each([
    ['Mon-Fri 09:00-18:00', [false, true, true, true, true, true, false], 540, 1_080],
    ['sat,SUN', [true, false, false, false, false, false, true], 0, 1_440],
    ['Sat-Mon 08:00-24:00', [true, true, false, false, false, false, true], 480, 1_440],
    [' 22:00-06:00 ', [true, true, true, true, true, true, true], 1_320, 360],
  ])('%s is read', (text, days, from, until) => {
    expect(parseTimeWindow(text)).toEqual({ days, from, until });
  });

  test.each([
    ['', 'is no time window'],
    ['9-18', 'are no hours'],
    ['Mon-Fri 9:00-18:00', 'are no hours'],
    ['Mon-Fri 09:00', 'are no hours'],
    ['Mon-Fri 09:00-25:00', 'are no hours'],
    ['Mon-Fri 09:60-18:00', 'are no hours'],
    ['Mon-Fri 24:00-06:00', 'begins at 24:00'],
    ['Mon-Fri 09:00-09:00', 'a whole day is 00:00-24:00'],
    ['Monday 09:00-18:00', 'names no days'],
    ['Mon-Wed-Fri', 'names no days'],
    ['09:00-18:00 Mon-Fri', 'days come before hours'],
    ['Mon-Fri 09:00-18:00 UTC', 'is no time window'],
  ])('%j is refused, and it is said why', (text, message) => {
    expect(parseTimeWindow(text)).toContain(message);
  });

  test('holds exactly as many minutes of a week as it says', () => {
    const chance = createChance(6);
    const names = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
    const two = (number: number): string => String(number).padStart(2, '0');
    const clock = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
    for (let round = 0; round < 50; round += 1) {
      const [from, until] = [chance.below(1_440), chance.below(1_441)];
      if (from === until) continue;
      const [first, count] = [chance.below(7), 1 + chance.below(7)];
      const days = count === 1 ? names[first] : `${names[first]}-${names[(first + count - 1) % 7]}`;
      const window = parseTimeWindow(`${days} ${clock(from)}-${clock(until)}`);
      if (typeof window === 'string') throw new Error(window);
      let held = 0;
      for (let day = 0; day < 7; day += 1) {
        for (let minute = 0; minute < 1_440; minute += 1) held += Number(isWithin(window, { day, minute }));
      }
      const length = until > from ? until - from : until - from + 1_440;
      expect([window, held]).toEqual([window, count * length]);
    }
  });
});
