import type { Pause, PauseTarget } from '../limits/pause-store.ts';
import { Api, apiHelp, apiOptions, printResult } from './api.ts';
import { printable } from './printable.ts';
import { runVerb, UsageError } from './verbs.ts';

const common = `Speaks the API of a gateway as a member of its operators.

${apiHelp}`;

const pauseHelp = `countersign pause connection NAME        --reason TEXT [--for TIME | --until WHEN] [--now]
countersign pause caller ISSUER SUBJECT  --reason TEXT [--for TIME | --until WHEN] [--now]
countersign pause everything             --reason TEXT [--for TIME | --until WHEN] [--now]
countersign pause list

Stops a connection, a caller or everything, on all gateways within a second, and records who did and why. New calls and
messages are refused with the reason, and what people have approved does not run. What is under way goes on, and may be
cancelled; streams without an end are ended. Pausing again replaces reason and end. countersign resume lifts it.

  --reason TEXT   callers read it
  --for TIME      ends by itself: 90s, 30m, 12h, 7d
  --until WHEN    the same, as a time: 2026-12-01T08:00:00Z
  --now           cuts off what is under way as well: such calls end as \`unknown\`, for they may have run
${common}`;

const resumeHelp = `countersign resume connection NAME        [--reason TEXT]
countersign resume caller ISSUER SUBJECT  [--reason TEXT]
countersign resume everything             [--reason TEXT]

Lifts exactly this pause, and records who did; others stand. countersign pause list shows them.
${common}`;

const options = { ...apiOptions, reason: { type: 'string' } } as const;
const pauseOptions = {
  ...options,
  for: { type: 'string' },
  until: { type: 'string' },
  now: { type: 'boolean' },
} as const;

/** `countersign pause`. Exit code 0: done; 1: refused or unreachable; 2: called wrongly. */
export async function pauseCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return runVerb({ name: 'pause', help: pauseHelp, options: pauseOptions }, args, async (verb, values, rest) => {
    const { reason, for: length, until, now = false, json, url } = values;
    if (verb === 'list') {
      const { pauses } = (await new Api(url, env).get('pauses')) as { pauses: Pause[] };
      return printResult(json, { pauses }, pauses.map(lineOf).join('') || 'Nothing is paused.\n');
    }
    const target = targetOf(verb, rest, 'pause');
    if (reason === undefined || reason.trim() === '')
      throw new UsageError('say why: --reason TEXT, which callers read');
    const end = { ...(length === undefined ? {} : { for: length }), ...(until === undefined ? {} : { until }) };
    const pause = (await new Api(url, env).post('pauses', { ...target, reason, ...end, now })) as Pause;
    return printResult(json, pause, `Paused ${nameOf(pause)}${endOf(pause)}.\n`);
  });
}

/** `countersign resume`. Exit code 0: it is not paused any more, or was not; else as {@link pauseCommand}. */
export async function resumeCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return runVerb({ name: 'resume', help: resumeHelp, options }, args, async (verb, { reason, json, url }, rest) => {
    const target = targetOf(verb, rest, 'resume');
    const query = new URLSearchParams({ ...target, ...(reason === undefined ? {} : { reason }) });
    const result = (await new Api(url, env).delete(`pauses?${query.toString()}`)) as { lifted: boolean };
    const what = nameOf(target);
    return printResult(json, result, result.lifted ? `Resumed ${what}.\n` : `There was no pause of ${what}.\n`);
  });
}

function targetOf(verb: string, rest: readonly string[], command: string): PauseTarget {
  const wants = (count: number, shape: string): void => {
    if (rest.length !== count) throw new UsageError(`write countersign ${command} ${shape}`);
  };
  const [first = '', second = ''] = rest;
  switch (verb) {
    case 'everything':
      wants(0, 'everything');
      return { scope: 'everything', target: '' };
    case 'connection':
      wants(1, 'connection NAME');
      return { scope: 'connection', target: first };
    case 'caller':
      wants(2, 'caller ISSUER SUBJECT');
      return { scope: 'caller', target: `${first}#${second}` };
    default:
      throw new UsageError(`there is no "${verb}"; write connection, caller or everything`);
  }
}

function lineOf(pause: Pause): string {
  const { reason, by, at } = pause;
  return `${nameOf(pause)}${endOf(pause)}\n  ${printable(reason)}\n  paused ${at} by ${printable(by)}\n`;
}

function nameOf({ scope, target }: PauseTarget): string {
  return scope === 'everything' ? 'everything' : `${scope} ${printable(target)}`;
}

function endOf({ until }: Pause): string {
  return until === undefined ? '' : `, until ${until}`;
}
