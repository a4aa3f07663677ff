const minuteMs = 60_000;

/** A time zone, by its IANA name or as an offset (`+02:00`). */
export class Zone {
  readonly #format: Intl.DateTimeFormat | undefined;
  /** Rules of one policy ask about the same moment one after the other, and what a zone shows takes long to find. */
  #minute = Number.NaN;
  #offsetMs = 0;

  /** Throws RangeError when there is none of this name. */
  constructor(name: string) {
    const offset = /^([+-])(\d\d):([0-5]\d)$/.exec(name);
    if (offset !== null) {
      const minutes = Number(offset[2]) * 60 + Number(offset[3]);
      this.#offsetMs = (offset[1] === '-' ? -minutes : minutes) * minuteMs;
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
    const minute = Math.floor(at.getTime() / minuteMs);
    if (this.#format !== undefined && minute !== this.#minute) {
      const shown: Record<string, number> = {};
      for (const { type, value } of this.#format.formatToParts(minute * minuteMs)) shown[type] = Number(value);
      const { year = 0, month = 1, day = 1, hour = 0, minute: minutes = 0, second = 0 } = shown;
      this.#offsetMs = Date.UTC(year, month - 1, day, hour, minutes, second) - minute * minuteMs;
      this.#minute = minute;
    }
    return new Date(at.getTime() + this.#offsetMs);
  }
}

const zones = new Map<string, Zone>();

/** One for each name. Throws RangeError when there is none of this name. */
export function zoneOf(name: string): Zone {
  const zone = zones.get(name) ?? new Zone(name);
  zones.set(name, zone);
  return zone;
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
