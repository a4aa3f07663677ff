import { z } from 'zod';
import { annotationHints } from '../policy/judge-input.ts';
import { isTimeZone, parseTimeWindow } from '../policy/matchers/time-window.ts';

const window = z.string().superRefine((text, context) => {
  const parsed = parseTimeWindow(text);
  if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
});
const windows = z.union([window, z.array(window).min(1)]);

const zone = z.string().superRefine((name, context) => {
  if (isTimeZone(name)) return;
  const meant = zoneOfPlace(name);
  const hint = meant === undefined ? 'write its IANA name, such as America/Sao_Paulo' : `did you mean "${meant}"?`;
  context.addIssue({ code: 'custom', message: `there is no time zone "${name}"; ${hint}` });
});

/** The zone of the place that a name ends with: `Brazil/Sao Paulo` means `America/Sao_Paulo`. */
function zoneOfPlace(name: string): string | undefined {
  const placeOf = (zone: string): string => (zone.split('/').at(-1) ?? '').replaceAll(/[^a-z]/gi, '').toLowerCase();
  const place = placeOf(name);
  return Intl.supportedValuesOf('timeZone').find((zone) => placeOf(zone) === place);
}

/** When a call is made. */
export const timeMatcher = z
  .strictObject({
    tz: zone.describe('By whose clocks: the IANA name of a time zone, such as `America/Sao_Paulo` or `UTC`.'),
    inside: windows
      .optional()
      .describe(
        'Fits during any of these: `Mon-Fri 09:00-18:00`, `Sat,Sun`, `22:00-06:00`. The end does not belong to it.',
      ),
    outside: windows.optional().describe('Fits whenever none of these holds.'),
  })
  .superRefine(({ inside, outside }, context) => {
    if ((inside === undefined) !== (outside === undefined)) return;
    const message = inside === undefined ? 'says not when; add inside or outside' : 'leave inside or outside out';
    context.addIssue({ code: 'custom', message });
  });

/** What a server says of its tool. */
export const annotationsMatcher = z
  .partialRecord(z.enum(annotationHints), z.boolean())
  .refine((hints) => Object.keys(hints).length > 0, 'names no hint; add one, such as destructiveHint: true')
  .describe(
    "The server's own words about its tool (MCP ToolAnnotations); they allow only where `trustAnnotations` says so.",
  );
