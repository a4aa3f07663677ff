import type { Act } from '../../command.ts';
import { read } from '../../effects.ts';
import { cannotTell, does, type Invocation, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, type Options } from '../options.ts';
import { isKnown } from '../words.ts';
import { pipedInto } from './ssh.ts';

const grammar = {
  valued: 'oO',
  longValued: ['rcfile', 'init-file'],
  flags: 'abcefhiklmnprstuvxBCDEHPT',
  longFlags: [
    'login',
    'posix',
    'norc',
    'noprofile',
    'restricted',
    'verbose',
    'noediting',
    'version',
    'help',
    'debugger',
    'dump-strings',
    'dump-po-strings',
    'pretty-print',
  ],
};

/** `bash -c text`, `bash file`, or what comes on its input. */
const shell: ReadProgram = (call) => {
  const options = optionsOf(
    call.args.map((word) => (/^\+\w/.test(word) ? `-${word.slice(1)}` : word)),
    grammar,
    'first',
  );
  if (has(options, ['version', 'help'])) return [does(call, read, call.program)];
  const doubts = shellDoubts(call, options);
  const [first] = options.operands;
  if (options.given.some(({ name }) => name === 'c')) {
    return first === undefined
      ? [cannotTell(call, 'a shell that waits for what to do')]
      : [...doubts, ...call.runText(first)];
  }
  const reads = first === undefined || first === '-' || has(options, ['s']) || /^\/dev\/(stdin|fd\/0)$/.test(first);
  if (!reads) {
    return [
      ...doubts,
      cannotTell(
        call,
        first.startsWith('/dev/fd/') ? 'output of another program run by a shell' : 'a script from a file',
      ),
    ];
  }
  return [...doubts, ...fromInput(call)];
};

function shellDoubts(call: Invocation, options: Options): readonly Act[] {
  const wary =
    options.strange ||
    options.unsure ||
    has(options, ['rcfile', 'init-file', 'D']) ||
    !options.given.every(({ value }) => value === undefined || isKnown(value));
  return wary ? [cannotTell(call, `${call.program} with options that are not known`)] : [];
}

function fromInput(call: Invocation): readonly Act[] {
  const { input } = call;
  if (input === undefined) return [cannotTell(call, 'a shell that waits for what to do')];
  if (input.text !== undefined) return call.runText(input.text);
  const act = cannotTell(call, pipedInto(input));
  return [input.is === 'a download' ? { ...act, effects: [...act.effects, 'network'] } : act];
}

const names = ['sh', 'bash', 'dash', 'ash', 'ksh', 'rbash'];

export const shells: Programs = Object.fromEntries(names.map((name) => [name, shell]));
