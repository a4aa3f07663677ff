import type { Act } from '../../command.ts';
import { destroy, read, unknown, write } from '../../effects.ts';
import { cannotTell, does, type Invocation, type Programs, type ReadProgram } from '../invocation.ts';
import { isKnown, mayBeOption, someText } from '../words.ts';

/** Tests and actions of find (GNU) that look, by how many words they take. */
const looking: readonly (readonly [words: number, names: string])[] = [
  [
    0,
    `-depth -d -xdev -mount -noleaf -follow -daystart -empty -false -true -nogroup -nouser -readable -writable -executable -print
     -print0 -prune -quit -ls -not -a -and -o -or -H -L -P -X -E -x -s -warn -nowarn -ignore_readdir_race -help --help -version --version`,
  ],
  [
    1,
    `-name -iname -path -ipath -wholename -iwholename -lname -ilname -regex -iregex -regextype -type -xtype -size -perm -user -group
     -uid -gid -newer -anewer -cnewer -mtime -mmin -atime -amin -ctime -cmin -used -inum -links -samefile -maxdepth -mindepth
     -fstype -context -printf -files0-from -D -O0 -flags`,
  ],
];
const wordsOf = new Map(
  looking.flatMap(([words, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, words] as const),
  ),
);
const running = new Set(['-exec', '-execdir', '-ok', '-okdir']);
const filling = new Map([
  ['-fprint', 1],
  ['-fprint0', 1],
  ['-fls', 1],
  ['-fprintf', 2],
]);

/** `find` looks, unless it deletes, writes its list to a file or has another program do something with each. */
const find: ReadProgram = (call) => {
  const acts: Act[] = [does(call, read, 'find')];
  const { args } = call;
  let at = 0;
  let begun = false;
  while (at < args.length) {
    const word = args[at] ?? '';
    at += 1;
    if (word === '(' || word === ')' || word === '!' || word === ',') begun = true;
    else if (running.has(word)) {
      const end = endOf(args, at);
      acts.push(...exec(call, args.slice(at, end)));
      at = end + 1;
    } else if (word === '-delete') acts.push(does(call, destroy, 'find -delete'));
    else if (filling.has(word)) {
      acts.push(does(call, write, 'find to a file'));
      at += filling.get(word) ?? 1;
    } else if (/^-newer[aBcmt]{2}$/.test(word)) at += 1;
    else if (/^-O\d$/.test(word)) continue;
    else if (wordsOf.has(word)) {
      begun ||= !/^-[HLPDEXxsd]$/.test(word);
      at += wordsOf.get(word) ?? 0;
    } else if (mayBeOption(word) || begun) {
      acts.push(
        cannotTell(
          call,
          isKnown(word) ? 'find with a test that is not known' : 'find with options that are known only when it runs',
        ),
      );
    }
  }
  return acts;
};

function endOf(args: readonly string[], from: number): number {
  for (let at = from; at < args.length; at += 1) {
    if (args[at] === ';' || (args[at] === '+' && args[at - 1] === '{}')) return at;
  }
  return args.length;
}

/** Each `{}` is the name of a file, which begins like the folder that is searched: no option, but not known. */
function exec(call: Invocation, words: readonly string[]): readonly Act[] {
  if (words.length === 0) return [does(call, unknown, 'find with a test that is not known')];
  return call.run(words.map((word) => (word === '{}' ? `./${someText}` : word.replaceAll('{}', someText))));
}

/** `fd` is `find` with other names: `-x` and `-X` run a program. */
const fd: ReadProgram = (call) => {
  const at = call.args.findIndex((word) => /^(-\w*[xX]|--exec(-batch)?)$/.test(word));
  const doubts =
    call.args.slice(0, at < 0 ? undefined : at).some((word) => mayBeOption(word) && !isKnown(word)) ||
    call.args.some((word) => /^--exec(-batch)?=/.test(word) || /^-[xX]./.test(word));
  const inner = at < 0 ? [] : call.args.slice(at + 1).filter((word) => word !== ';');
  return [
    does(call, read, 'fd'),
    ...(doubts ? [cannotTell(call, 'fd with options that are known only when it runs')] : []),
    ...(inner.length > 0 ? exec(call, [...inner, '{}']) : []),
  ];
};

export const finders: Programs = { find, gfind: find, fd, fdfind: fd };
