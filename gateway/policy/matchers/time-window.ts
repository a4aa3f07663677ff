/** Times of a week that come again every week, by the clocks of one zone. */
export interface TimeWindow {
  /** The days on which it begins, Sunday first as JavaScript counts them. */
  readonly days: readonly boolean[];
  /** Minute of the day from which it holds. */
  readonly from: number;
  /** Minute of the day before which it ends; not after `from`: on the next day. */
  readonly until: number;
}

/** A moment by the clocks of a zone. */
export interface WallTime {
  /** 0: Sunday. */
  readonly day: number;
  /** 0 to 1,439. */
  readonly minute: number;
}

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const dayMinutes = 24 * 60;
const example = 'write it like "Mon-Fri 09:00-18:00", "Sat,Sun" or "22:00-06:00"';

/** PURE. Reads a window, or says as a text what is wrong with it. */
export function parseTimeWindow(text: string): TimeWindow | string {
  const [first = '', second, ...more] = text.trim().split(/\s+/);
  if (first === '' || more.length > 0) return `"${text}" is no time window: ${example}`;
  const startsWithHours = /^\d/.test(first);
  if (startsWithHours && second !== undefined) return `in "${text}" days come before hours: ${example}`;
  const days = startsWithHours ? everyDay : parseDays(first);
  if (typeof days === 'string') return days;
  const hours = startsWithHours ? first : second;
  return hours === undefined ? { days, from: 0, until: dayMinutes } : parseHours(hours, days);
}

const everyDay: readonly boolean[] = dayNames.map(() => true);

/** `Mon-Fri`, `Sat,Sun`, `Sat-Mon`. */
function parseDays(text: string): readonly boolean[] | string {
  const days = dayNames.map(() => false);
  for (const range of text.split(',')) {
    const [first, last = first, ...more] = range.split('-').map(dayOf);
    if (first === undefined || last === undefined || more.length > 0) {
      return `"${range}" names no days: they are Mon, Tue, Wed, Thu, Fri, Sat, Sun, and ranges of them such as Mon-Fri`;
    }
    for (let day = first; ; day = (day + 1) % 7) {
      days[day] = true;
      if (day === last) break;
    }
  }
  return days;
}

function dayOf(name: string): number | undefined {
  const day = (dayNames as readonly string[]).indexOf(name.toLowerCase());
  return day < 0 ? undefined : day;
}

/** `09:00-18:00`, `22:00-06:00`; the end does not belong to it. */
function parseHours(text: string, days: readonly boolean[]): TimeWindow | string {
  const [from, until, ...more] = text.split('-').map(minuteOf);
  if (from === undefined || until === undefined || more.length > 0) {
    return `"${text}" are no hours: write them like 09:00-18:00, up to 24:00`;
  }
  if (from === dayMinutes) return `"${text}" begins at 24:00; write 00:00 of the next day`;
  if (from === until) return `"${text}" begins when it ends; a whole day is 00:00-24:00`;
  return { days, from, until };
}

function minuteOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && minute <= dayMinutes ? minute : undefined;
}

/** PURE. A window over midnight belongs to the day on which it begins: `Fri 22:00-06:00` ends on Saturday at six. */
export function isWithin({ days, from, until }: TimeWindow, { day, minute }: WallTime): boolean {
  if (from < until) return days[day] === true && minute >= from && minute < until;
  const dayBefore = (day + 6) % 7;
  return (days[day] === true && minute >= from) || (days[dayBefore] === true && minute < until);
}

/** Whether the platform knows the zone by this name (IANA, such as `America/Sao_Paulo` or `UTC`). */
export function isTimeZone(name: string): boolean {
  // Offsets such as `+03:00` are refused whatever the platform makes of them: they know no summer time.
  if (!/^[a-z]/i.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** PURE. Reads the clocks of a zone; undefined for what is no moment. Remembers the last one, for all rules ask the same. */
export function clockOf(zone: string): (at: Date) => WallTime | undefined {
  const format = formatOf(zone);
  let last: { readonly atMs: number; readonly wall: WallTime } | undefined;
  return (at) => {
    const atMs = at.getTime();
    if (last?.atMs === atMs) return last.wall;
    if (Number.isNaN(atMs)) return undefined;
    const wall = wallTimeOf(format, at);
    last = { atMs, wall };
    return wall;
  };
}

/** A format takes long to make, and policies name few zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const format = formats.get(zone) ?? newFormat(zone);
  formats.set(zone, format);
  return format;
}

function newFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}

function wallTimeOf(format: Intl.DateTimeFormat, at: Date): WallTime {
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const day = dayOf(parts.get('weekday') ?? '') ?? Number.NaN;
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}

/** PURE. `Tue 21:14`. */
export function describeWallTime({ day, minute }: WallTime): string {
  const name = dayNames[day] ?? '';
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
