import { RE2JS } from 're2js';
import type { Reading } from '../glob.ts';
import type { Test } from '../matchers/matcher.ts';
import { onText } from '../matchers/text.ts';

/** Longer ones are not searched: time is linear in it, and this is the line to how many milliseconds. In UTF-16 units. */
const searchedLengthMax = 65_536;
/** Time is linear in it as well. In instructions of RE2. */
const programSizeMax = 1_000;
/** The longest number or timestamp is shorter. In UTF-16 units. */
const literalLengthMax = 64;

const intMin = -(2n ** 63n);
const intMax = 2n ** 63n - 1n;

/** A pattern of `re`, compiled when the rule is. */
export class Pattern {
  readonly #compiled: RE2JS;

  /** Throws what RE2 says is wrong with it. */
  constructor(text: string) {
    this.#compiled = RE2JS.compile(text);
    if (this.#compiled.programSize() > programSizeMax) throw new Error('the pattern is too large');
  }

  isIn(text: string): boolean {
    if (text.length > searchedLengthMax) throw new Error('a text too long to be searched');
    return this.#compiled.test(text);
  }
}

/** A pattern of `glob`, compiled when the rule is. One with a slash judges plain paths only, as in `args`. */
export class GlobPattern {
  readonly #test: Test;

  constructor(text: string, reading: Reading) {
    this.#test = onText([text], reading);
  }

  fits(text: string): boolean {
    const fits = this.#test(text);
    if (fits === undefined) throw new Error('a path in disguise');
    return fits;
  }
}

/** A time zone, by its IANA name or as an offset (`+02:00`). */
export class Zone {
  readonly #offsetMs: number | undefined;
  readonly #format: Intl.DateTimeFormat | undefined;

  /** Throws RangeError when there is none of this name. */
  constructor(name: string) {
    const offset = /^([+-])(\d\d):([0-5]\d)$/.exec(name);
    if (offset !== null) {
      const minutes = Number(offset[2]) * 60 + Number(offset[3]);
      this.#offsetMs = (offset[1] === '-' ? -minutes : minutes) * 60_000;
      return;
    }
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** What a clock on the wall of this zone shows, as if it were UTC. */
  wallClock(at: Date): Date {
    if (this.#offsetMs !== undefined) return new Date(at.getTime() + this.#offsetMs);
    const shown: Record<string, number> = {};
    for (const { type, value } of this.#format?.formatToParts(at) ?? []) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  }
}

/** `getHours()` and its like, of what a clock shows (CEL language definition, "Date/Time"). */
export const clockReaders: Readonly<Record<string, (clock: Date) => number>> = {
  getFullYear: (clock) => clock.getUTCFullYear(),
  getMonth: (clock) => clock.getUTCMonth(),
  getDate: (clock) => clock.getUTCDate(),
  getDayOfMonth: (clock) => clock.getUTCDate() - 1,
  getDayOfWeek: (clock) => clock.getUTCDay(),
  getHours: (clock) => clock.getUTCHours(),
  getMinutes: (clock) => clock.getUTCMinutes(),
  getSeconds: (clock) => clock.getUTCSeconds(),
};

/** Toward zero. Throws beyond 64 bits. */
export function intOf(value: bigint | number | string): bigint {
  const number = exactInt(value);
  if (number === undefined || number < intMin || number > intMax) throw new Error('no integer of 64 bits');
  return number;
}

function exactInt(value: bigint | number | string): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
  return value.length <= literalLengthMax && /^[+-]?\d+$/.test(value) ? BigInt(value.replace('+', '')) : undefined;
}

export function doubleOf(value: bigint | number | string): number {
  if (typeof value !== 'string') return Number(value);
  const isDecimal = value.length <= literalLengthMax && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value);
  if (!isDecimal) throw new Error('no decimal number');
  return Number(value);
}

const rfc3339 = /^([1-8]\d{3})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/;

/** RFC 3339, to the millisecond, of the years 1000 to 8999, so that no sum leaves the range that the language has. */
export function timestampOf(text: string): Date {
  const parts = text.length <= literalLengthMax ? rfc3339.exec(text) : null;
  const [year = 0, month = 0, day = 0] = (parts ?? []).slice(1).map(Number);
  // Date takes the 30th of February for a day in March.
  const named = new Date(Date.UTC(year, month - 1, day));
  const at = new Date(text);
  if (parts === null || named.getUTCMonth() !== month - 1 || named.getUTCDate() !== day || Number.isNaN(at.getTime())) {
    throw new Error('no timestamp of RFC 3339');
  }
  return at;
}

const durationMaxHours = 366 * 24;

/** Whether a text is a duration that may stand in a rule: `720h`, `1h30m`, `-90s`. */
export function isDuration(text: string): boolean {
  const parts = /^-?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/.exec(text);
  if (parts === null || !/\d/.test(text)) return false;
  const [hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return hours + minutes / 60 + seconds / 3_600 <= durationMaxHours;
}
