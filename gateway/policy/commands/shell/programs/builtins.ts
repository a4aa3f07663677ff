import type { Act } from '../../command.ts';
import { admin, adminDestroy, read, unknown } from '../../effects.ts';
import { cannotTell, does, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, valueOf } from '../options.ts';
import { changedVariable, hidesCommand } from '../variables.ts';
import { isKnown, mayBeOption } from '../words.ts';

/** Builtins that take names of variables; each may hold an index, which the shell runs as code. */
function assigns(names: (args: readonly string[]) => readonly string[]): ReadProgram {
  return (call) => [
    does(call, read, call.program),
    ...call.args.filter(hidesCommand).map(() => hidden(call)),
    ...names(call.args).flatMap((name) => namedVariable(call, name)),
  ];
}

function namedVariable(call: Parameters<ReadProgram>[0], word: string): readonly Act[] {
  const name = /^[^=+[]*/.exec(word)?.[0] ?? '';
  if (!isKnown(name)) return [cannotTell(call, 'a variable that is known only when it runs')];
  const turn = changedVariable(name, word.includes('=') ? word.slice(word.indexOf('=') + 1) : undefined);
  return turn === undefined ? [] : [does(call, ...turn)];
}

const hidden = (call: Parameters<ReadProgram>[0]): Act =>
  cannotTell(call, 'a command inside a text that the shell evaluates');

const operandsOf = (args: readonly string[]): readonly string[] => args.filter((word) => !/^[-+]\w/.test(word));

/** `declare -n` makes one name stand for another, and then nobody sees which is changed. */
const declare: ReadProgram = (call) => {
  const options = call.args.filter((word) => /^[-+]\w/.test(word));
  const refers = options.some(
    (option) => option.includes('n') && call.program !== 'export' && call.program !== 'readonly',
  );
  const unsure = call.args.some((word) => mayBeOption(word) && !isKnown(word) && !/^\w+=/.test(word));
  return [
    ...assigns(operandsOf)(call),
    ...(refers || unsure ? [cannotTell(call, 'a variable that is known only when it runs')] : []),
  ];
};

const printf: ReadProgram = (call) => {
  const options = optionsOf(call.args, { valued: 'v' }, 'first');
  const variable = valueOf(options, ['v']);
  const [first] = call.args;
  const unsure = first !== undefined && mayBeOption(first) && !isKnown(first) && call.args.length > 1;
  return [
    does(call, read, 'printf'),
    ...(variable === undefined ? [] : assigns(() => [variable])({ ...call, args: [variable] }).slice(1)),
    ...(unsure && (first ?? '').startsWith('-v')
      ? [cannotTell(call, 'a variable that is known only when it runs')]
      : []),
  ];
};

/** `unset -f` and `unset name` may take a function away, so that the name runs a program again. */
const unset: ReadProgram = (call) => [
  ...assigns(operandsOf)(call),
  ...(call.args.some((word) => word.startsWith('-') && word.includes('f'))
    ? [cannotTell(call, 'a function that is taken away')]
    : []),
];

const set: ReadProgram = (call) => [does(call, read, 'set')];

const trap: ReadProgram = (call) => {
  const options = optionsOf(call.args, {}, 'first');
  if (has(options, ['l', 'p', 'P']) || options.operands.length === 0) return [does(call, read, 'trap')];
  const [text = ''] = options.operands;
  if (options.operands.length === 1 || text === '-' || text === '') return [does(call, read, 'trap')];
  return [does(call, read, 'trap'), ...call.runText(text)];
};

const evaluate: ReadProgram = (call) => {
  const words = call.args[0] === '--' ? call.args.slice(1) : call.args;
  return words.length === 0 ? [does(call, read, 'eval')] : call.runText(words.join(' '));
};

const source: ReadProgram = (call) => {
  const [file] = call.args;
  if (/^\/dev\/(stdin|fd\/0)$/.test(file ?? '') && call.input?.text !== undefined) return call.runText(call.input.text);
  if (file?.startsWith('/dev/fd/') === true) return [cannotTell(call, 'output of another program run by a shell')];
  return [cannotTell(call, 'a script from a file')];
};

/** `alias` gives a name another meaning: what it stands for may run, and so may whatever has the name. */
const alias: ReadProgram = (call) => {
  const meanings = call.args.filter((word) => word.includes('='));
  if (meanings.length === 0) return [does(call, read, 'alias')];
  return [
    does(call, admin, 'alias'),
    ...meanings.flatMap((word) => {
      const text = word.slice(word.indexOf('=') + 1);
      return text.trim() === '' ? [] : call.runText(text);
    }),
  ];
};

/** `jobs -x` runs a program. */
const jobs: ReadProgram = (call) => {
  const at = call.args.findIndex((word) => mayBeOption(word) && (word.includes('x') || !isKnown(word)));
  return at < 0 ? [does(call, read, 'jobs')] : [cannotTell(call, 'jobs with a program to run')];
};

const history: ReadProgram = (call) => {
  const { given, unsure } = optionsOf(call.args, { valued: 'd' }, 'anywhere');
  return given.length === 0 && !unsure
    ? [does(call, read, 'history')]
    : [does(call, adminDestroy, 'history that is changed')];
};

const only =
  (harmless: (args: readonly string[]) => boolean, construct: string): ReadProgram =>
  (call) => [harmless(call.args) ? does(call, read, call.program) : does(call, unknown, construct)];

const rebinding = 'a builtin that rebinds names or keys';

/** `mapfile -C` runs a text for each so many lines. */
const mapfile: ReadProgram = (call) => [
  ...assigns((args) => optionsOf(args, { valued: 'dnOsuCc' }, 'first').operands)(call),
  ...(call.args.some((word) => word.startsWith('-') && word.includes('C')) ? [cannotTell(call, rebinding)] : []),
];

export const builtins: Programs = {
  export: declare,
  declare,
  typeset: declare,
  local: declare,
  readonly: declare,
  read: assigns((args) => optionsOf(args, { valued: 'adinNptu' }, 'first').operands),
  mapfile,
  readarray: mapfile,
  let: assigns((args) => args),
  unset,
  printf,
  set,
  shopt: set,
  trap,
  eval: evaluate,
  source,
  '.': source,
  alias,
  unalias: (call) => [does(call, read, 'unalias')],
  history,
  fc: only(
    (args) => args[0] === '-l' && args.every((word) => /^(-[lnr]+|-?\d+)$/.test(word)),
    'a command from the history',
  ),
  jobs,
  hash: only((args) => !args.some((word) => mayBeOption(word) && word.includes('p')) && args.every(isKnown), rebinding),
  enable: only((args) => args.length === 0, rebinding),
  bind: only((args) => args.every((word) => ['-l', '-p', '-P', '-s', '-S', '-v', '-V'].includes(word)), rebinding),
  complete: only((args) => args.every((word) => word === '-p'), rebinding),
  compopt: only(() => true, rebinding),
  compgen: only(
    (args) => args.every((word) => /^(-[abcdefgjksuv]|[\w./-]*)$/.test(word) && !/^-.*[CFW]/.test(word)),
    rebinding,
  ),
  fg: (call) => [does(call, read, 'fg')],
  bg: (call) => [does(call, read, 'bg')],
  disown: (call) => [does(call, read, 'disown')],
};
