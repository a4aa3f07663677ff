import { destroy, read, send, unknown, write, type Effects } from '../../effects.ts';
import { does, type Invocation, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, valueOf, type Grammar, type Options } from '../options.ts';
import { isWide, writingTo, type Way } from '../places.ts';
import { plain, unsureOf, type Plain } from '../plain.ts';

/** What a program that writes adds for each place that is more than a file. */
function placesOf(call: Invocation, paths: readonly string[], way: Way): ReturnType<ReadProgram> {
  return paths.flatMap((path) => {
    const turn = writingTo(path, way);
    return turn === undefined || turn[1] === 'a write to a file' ? [] : [does(call, ...turn)];
  });
}

/** Writes to its last operand or to `-t`, as `cp` does. What `mv` moves away is written to as well. */
function copies(effects: Effects, sources: 'kept' | 'moved', grammar: Grammar = {}): ReadProgram {
  return (call) => {
    const options = optionsOf(
      call.args,
      { valued: 'tSgmo', longValued: ['target-directory', 'suffix'], ...grammar },
      'anywhere',
    );
    const target = valueOf(options, ['t', 'target-directory']) ?? options.operands.at(-1) ?? '';
    const paths = sources === 'moved' ? [...options.operands, target] : [target];
    // `cp /dev/null log` empties it.
    const empties = options.operands[0] === '/dev/null' || target === '/dev/null';
    const effect = empties ? destroy : effects;
    return [does(call, effect, call.program), ...placesOf(call, paths, 'anew'), ...unsureOf(call, options)];
  };
}

/** Writes to each of its operands. */
function writesAll(effects: Effects, grammar: Grammar, way: (options: Options) => Way): ReadProgram {
  return (call) => {
    const options = optionsOf(call.args, grammar, 'anywhere');
    return [
      does(call, effects, call.program),
      ...placesOf(call, options.operands, way(options)),
      ...unsureOf(call, options),
    ];
  };
}

/** `tee >(sh)` and `tee` to a device are what the place says; `tee` alone passes on. */
const tee: ReadProgram = (call) => {
  const { operands } = optionsOf(call.args, { longValued: ['output-error'] }, 'anywhere');
  const quiet = operands.every((path) => writingTo(path, 'anew') === undefined);
  if (quiet) return [does(call, read, 'tee')];
  return writesAll(write, {}, (options) => (has(options, ['a', 'append']) ? 'at its end' : 'anew'))(call);
};

const rm: ReadProgram = (call) => {
  const options = optionsOf(call.args, {}, 'anywhere');
  const deep = has(options, ['r', 'R', 'recursive']) || options.unsure;
  const wide = deep && options.operands.some(isWide);
  return [does(call, destroy, wide ? 'rm -r of a system path' : deep ? 'rm -r' : 'rm')];
};

/** `dd` names its files by `if=` and `of=`. Without `of=` it prints. */
const dd: ReadProgram = (call) => {
  const target = call.args.findLast((word) => word.startsWith('of='))?.slice('of='.length);
  if (call.args.some((word) => !/^(if|bs|count|skip|status|iflag|conv|cbs|ibs|obs|seek|oflag|of)=/.test(word))) {
    if (!call.args.every((word) => word === '--version' || word === '--help')) {
      return [does(call, [...destroy, 'unknown'], 'dd')];
    }
  }
  if (target === undefined) return [does(call, read, 'dd')];
  return [does(call, destroy, 'dd'), ...placesOf(call, [target], 'anew')];
};

const touch = writesAll(write, { valued: 'drt', longValued: ['date', 'reference', 'time'] }, () => 'at its end');
const mkdir = writesAll(write, { valued: 'mZ', longValued: ['mode', 'context'] }, () => 'at its end');

const some: Readonly<Record<string, Plain>> = {
  mkfifo: { effects: write },
  mktemp: { effects: write },
  rmdir: { effects: destroy },
  unlink: { effects: destroy },
  shred: { effects: destroy },
  srm: { effects: destroy },
  scrub: { effects: destroy },
  wipe: { effects: destroy },
  wipefs: { effects: ['admin', 'destroy'] },
  blkdiscard: { effects: ['admin', 'destroy'] },
  truncate: { effects: destroy },
  fallocate: { effects: destroy },
  sync: { effects: read },
  rename: { effects: unknown, construct: 'rename' },
  dos2unix: { effects: write },
  unix2dos: { effects: write },
  patch: { effects: write, adds: { 'e|ed': [unknown, 'patch with a program to run'] } },
  csplit: { effects: write },
  split: { effects: write, grammar: { valued: 'abCln' }, adds: { filter: [unknown, 'split with a program to run'] } },
  gzip: { effects: write, looks: { with: ['l', 'list', 't', 'test'], and: ['v', 'verbose'] } },
  gunzip: { effects: write, looks: { with: ['c', 'stdout', 'to-stdout', 'l', 't'], and: ['f', 'k', 'v', 'q'] } },
  bzip2: { effects: write, looks: { with: ['t', 'test'], and: ['v'] } },
  bunzip2: { effects: write, looks: { with: ['c', 'stdout'], and: ['k', 'q'] } },
  xz: { effects: write, looks: { with: ['l', 'list', 't', 'test'], and: ['v'] } },
  unxz: { effects: write, looks: { with: ['c', 'stdout'], and: ['k', 'q'] } },
  zstd: { effects: write, looks: { with: ['l', 'list', 't', 'test'], and: ['v'] } },
  lz4: { effects: write },
  zip: {
    effects: write,
    adds: {
      'TT|unzip-command': [unknown, 'zip with a program to run'],
      'm|move': [destroy, 'zip that removes files'],
      T: [unknown, 'zip with a program to run'],
    },
  },
  unzip: {
    effects: write,
    grammar: { valued: 'dxP' },
    looks: { with: ['l', 'p', 't', 'v', 'z', 'Z'], and: ['q', 'c'] },
  },
  '7z': { effects: write },
  ar: { effects: write },
  cpio: {
    effects: write,
    adds: { 'rsh-command': [unknown, 'cpio with a program to run'] },
    looks: { with: ['t', 'list'], and: ['v', 'n', 'i'] },
  },
  logger: { effects: write },
  wall: { effects: write },
  write: { effects: write },
  updatedb: { effects: write },
  mail: { effects: send },
  mailx: { effects: send },
  mutt: { effects: unknown },
  sendmail: { effects: send },
  scp: {
    effects: send,
    grammar: { valued: 'cDFiJloPSX' },
    adds: { 'S|o|F': [unknown, 'scp with settings of the caller'] },
  },
  sftp: { effects: unknown },
  ftp: { effects: unknown },
  lftp: { effects: unknown },
  tftp: { effects: send },
  rsync: {
    effects: send,
    grammar: { valued: 'efTBM', longValued: ['rsh', 'rsync-path', 'include', 'exclude', 'filter', 'files-from'] },
    adds: {
      'e|rsh|rsync-path|M|remote-option': [unknown, 'rsync with a program to run'],
      'delete|delete-before|delete-after|delete-during|delete-excluded|del|remove-source-files|force': [
        ['network', ...destroy],
        'rsync --delete',
      ],
      'write-batch|only-write-batch|read-batch|daemon|config': [unknown, 'rsync as a server or by a script'],
    },
  },
};

export const writers: Programs = {
  ...Object.fromEntries(Object.entries(some).map(([name, program]) => [name, plain(program)])),
  cp: copies(write, 'kept'),
  mv: copies(write, 'moved'),
  ln: copies(write, 'kept'),
  install: copies(['write', 'admin'], 'kept'),
  tee,
  touch,
  mkdir,
  rm,
  dd,
};
