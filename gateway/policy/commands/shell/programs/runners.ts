import { read } from '../../effects.ts';
import { cannotTell, does, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, valueOf } from '../options.ts';
import { unsureOf } from '../plain.ts';
import { mayBeOption, someText, someWords } from '../words.ts';

/** What it adds comes from its input, so nothing is known of it. */
const xargs: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    {
      valued: 'adEILnPs',
      attached: 'eil',
      longValued: ['arg-file', 'delimiter', 'max-lines', 'max-args', 'max-procs', 'max-chars', 'process-slot-var'],
      flags: '0oprtx',
      longFlags: [
        'null',
        'interactive',
        'no-run-if-empty',
        'verbose',
        'exit',
        'open-tty',
        'show-limits',
        'replace',
        'eof',
        'help',
        'version',
      ],
    },
    'first',
  );
  const replaces = options.given.find(({ name }) => name === 'I' || name === 'i' || name === 'replace');
  const mark =
    replaces === undefined ? undefined : replaces.value === undefined || replaces.value === '' ? '{}' : replaces.value;
  const doubts = [
    ...unsureOf(call, options),
    ...(options.strange ? [cannotTell(call, 'xargs with options that are not known')] : []),
  ];
  if (options.operands.length === 0) return [...doubts, does(call, read, 'xargs')];
  const inner =
    mark === undefined
      ? [...options.operands, someWords]
      : options.operands.map((word) => word.replaceAll(mark, someText));
  return [...doubts, ...call.run(inner)];
};

/** `watch` and `flock -c` give their words to a shell. */
const watch: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    {
      valued: 'nqs',
      longValued: ['interval', 'equexit', 'shotsdir'],
      attached: 'd',
      flags: 'bcCefgprtwxv',
      longFlags: [
        'beep',
        'color',
        'no-color',
        'differences',
        'errexit',
        'follow',
        'chgexit',
        'precise',
        'no-rerun',
        'no-title',
        'no-wrap',
        'exec',
      ],
    },
    'first',
  );
  const doubts = [
    ...unsureOf(call, options),
    ...(options.strange ? [cannotTell(call, 'watch with options that are not known')] : []),
  ];
  if (options.operands.length === 0) return [...doubts, does(call, read, 'watch')];
  return [
    ...doubts,
    ...(has(options, ['x', 'exec']) ? call.run(options.operands) : call.runText(options.operands.join(' '))),
  ];
};

const flock: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    {
      valued: 'wEc',
      longValued: ['wait', 'timeout', 'conflict-exit-code', 'command'],
      flags: 'sexnuoFhvV',
      longFlags: ['shared', 'exclusive', 'nonblock', 'nb', 'unlock', 'close', 'no-fork', 'verbose'],
    },
    'first',
  );
  const doubts = [
    ...unsureOf(call, options),
    ...(options.strange ? [cannotTell(call, 'flock with options that are not known')] : []),
  ];
  const [, ...inner] = options.operands;
  const text =
    valueOf(options, ['c', 'command']) ?? (inner[0] === '-c' || inner[0] === '--command' ? inner[1] : undefined);
  if (text !== undefined) return [...doubts, ...call.runText(text)];
  return [...doubts, ...(inner.length === 0 ? [does(call, read, 'flock')] : call.run(inner))];
};

const command: ReadProgram = (call) => {
  const [first = ''] = call.args;
  if (/^-p*[vV]/.test(first)) return [does(call, read, 'command')];
  const rest = /^-p+$/.test(first) ? call.args.slice(1) : call.args;
  const inner = rest[0] === '--' ? rest.slice(1) : rest;
  if (inner.length === 0) return [does(call, read, 'command')];
  return inner[0] !== undefined && mayBeOption(inner[0])
    ? [cannotTell(call, 'command with options that are not known')]
    : call.run(inner);
};

/** Programs that run another one, each in a way of its own. */
export const runners: Programs = { xargs, watch, flock, command, builtin: command };
