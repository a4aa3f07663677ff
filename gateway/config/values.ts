import { z } from 'zod';

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Node's timers fire at once when told to wait longer than about 24 days. */
const waitMsMax = unitMs.d;
const durationMsMax = 365 * unitMs.d;

/** `90s`, `30m`, `12h`, `7d` → milliseconds. */
const durationUpTo = (maxMs: number) =>
  z
    .string()
    .regex(/^[1-9]\d*(s|m|h|d)$/, 'a duration is a number and a unit: 90s, 30m, 12h, 7d')
    .transform((text) => Number(text.slice(0, -1)) * unitMs[text.slice(-1) as keyof typeof unitMs])
    .refine((ms) => ms <= maxMs, `at most ${maxMs / unitMs.d}d`);
export const duration = durationUpTo(durationMsMax);
export const wait = durationUpTo(waitMsMax);

export const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name is lower case letters, digits and dashes');
export const text = z.string().min(1);
export const httpUrl = z.url({ protocol: /^https?$/ });
/** What may stand in a header after `Bearer`. */
export const token = z.string().regex(/^[\x21-\x7e]+$/, 'a credential is printable ASCII without blanks');
