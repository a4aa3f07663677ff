/** The longest number or timestamp is shorter. In UTF-16 units. */
const literalLengthMax = 64;

const intMin = -(2n ** 63n);
const intMax = 2n ** 63n - 1n;

/** Toward zero. Throws beyond 64 bits, and for the doubles at their ends, which may stand for what is beyond. */
export function intOf(value: bigint | number | string): bigint {
  const number = exactInt(value);
  if (number === undefined || number < intMin || number > intMax) throw new Error('no integer of 64 bits');
  return number;
}

function exactInt(value: bigint | number | string): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : undefined;
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
  if (parts === null || named.getUTCDate() !== day || Number.isNaN(at.getTime())) {
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
