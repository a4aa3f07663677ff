import type { Act } from '../command.ts';
import { act, read, unknown } from '../effects.ts';
import { does, type Input, type Invocation } from './invocation.ts';
import { holdsSecrets, isElsewhere, writingTo } from './places.ts';
import { programs } from './programs/programs.ts';
import { runsMax, type Scope } from './scope.ts';
import { isKnown } from './words.ts';

/** `sudo env timeout …`: longer chains nobody writes by hand. */
const chainMax = 10;

/** Folders whose programs are the system's own. */
const folders = /^\/(usr\/(local\/)?)?s?bin\/(?=[^/]+$)/;

const functionTakenAway = act('shell', unknown, 'a function that is taken away', { programs: ['unset'] });

/** PURE. What a list of words would do, of which the first names a program. */
export function runWords(words: readonly string[], scope: Scope): readonly Act[] {
  const { state } = scope;
  state.runs += 1;
  if (state.runs > runsMax) return [];
  const [first = '', ...args] = words;
  if (scope.chain > chainMax) return [act('shell', unknown, 'programs that run programs, too many to be read')];
  if (!isKnown(first)) return [act('shell', unknown, 'a program that is known only when it runs', { programs: [] })];
  const program = first.replace(folders, '');
  const known = programs.get(program);
  if (known === undefined) {
    const name = first.replace(/^.*\//, '');
    if (scope.chain === 0 && scope.depth === 0 && state.functions.has(first)) return [];
    return [act('shell', unknown, 'a program that is not known', { programs: [name] })];
  }
  if (program === 'cd' || program === 'pushd' || program === 'popd') return changeFolder({ program }, args, scope);
  if (program === 'unset' && args.some((word) => state.functions.has(word))) return [functionTakenAway];
  const call: Invocation = {
    program,
    args,
    input: scope.input,
    run: (inner, input) => runWords(inner, { ...scope, chain: scope.chain + 1, input: input ?? scope.input }),
    runText: (text, input) => scope.readText(text, { ...scope, depth: scope.depth + 1, input: input ?? scope.input }),
  };
  const acts = known(call);
  return [...acts, ...filesOf(call, acts, scope)];
}

/** Programs that write to whatever file they are given, when they write, and those that name it by `-o`. */
const inPlace = new Set('sed gsed truncate patch yq gzip unlink rm rmdir shred unzip fallocate'.split(' '));
const byOption = new Set('sort shuf tree iconv'.split(' '));

/** Files among the words that are more than files: those of the system, and those with keys. */
function filesOf(call: Invocation, acts: readonly Act[], { chain, state }: Scope): readonly Act[] {
  const { program, args } = call;
  // The words of a program that another one runs are among the words of that one.
  const found = chain === 0 && args.some(holdsSecrets) ? [does(call, read, 'a file with keys or passwords')] : [];
  if (!(inPlace.has(program) || byOption.has(program)) || !acts.some(({ effects }) => effects.includes('write'))) {
    return found;
  }
  const files = inPlace.has(program) ? args.filter((word) => !word.startsWith('-')) : args.flatMap(outputFile);
  const turns = files.filter(isKnown).map((file) => writingTo(file, 'at its end', state.elsewhere));
  const more = turns.flatMap((turn) =>
    turn === undefined || turn[1] === 'a write to a file' ? [] : [does(call, ...turn)],
  );
  return [...found, ...more];
}

/** `-o file`, `-uofile`, `--output=file`. */
function outputFile(word: string, index: number, args: readonly string[]): readonly string[] {
  const inside = /^(?:--o\w*=|-\w*?o)(.+)$/.exec(word)?.[1];
  return inside === undefined ? (/^(-\w*o|--o\w*)$/.test(args[index - 1] ?? '') ? [word] : []) : [inside];
}

function changeFolder(call: { program: string }, args: readonly string[], { state }: Scope): readonly Act[] {
  const folder = args.find((word) => !word.startsWith('-') || word === '-');
  if (call.program === 'popd' || folder === undefined || folder === '-' || isElsewhere(folder)) state.elsewhere = true;
  return [does(call, read, call.program)];
}

/** PURE. What a list of words prints, as far as it is known: `echo` and `printf` without anything to interpret. */
export function printedBy(words: readonly string[], input: Input | undefined): string | undefined {
  const [program, ...args] = words;
  if (program === 'cat' && (args.length === 0 || (args.length === 1 && args[0] === '-'))) return input?.text;
  if (!args.every((word) => isKnown(word) && !word.includes('\\'))) return undefined;
  if (program === 'echo') {
    const words = args[0] === '-n' ? args.slice(1) : args;
    return words[0]?.startsWith('-') === true ? undefined : `${words.join(' ')}\n`;
  }
  if (program !== 'printf' || args[0] === undefined || args[0].startsWith('-')) return undefined;
  const [format, ...values] = args;
  if (!format.includes('%')) return format;
  return format === '%s' && values.length === 1 ? values[0] : undefined;
}
