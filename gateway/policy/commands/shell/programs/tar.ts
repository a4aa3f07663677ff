import { destroy, read, write } from '../../effects.ts';
import { cannotTell, does, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf } from '../options.ts';
import { unsureOf } from '../plain.ts';

/** Options of GNU tar that run a program. */
const runs = [
  'to-command',
  'checkpoint-action',
  'I',
  'use-compress-program',
  'rsh-command',
  'rmt-command',
  'F',
  'info-script',
  'new-volume-script',
];

/** The first word may be a bunch of letters without a dash. An archive with a colon lies on another host. */
const tar: ReadProgram = (call) => {
  const [first = '', ...others] = call.args;
  const args = /^[A-Za-z]+$/.test(first) ? [`-${first}`, ...others] : call.args;
  const bundled = /^[A-Za-z]+$/.test(first);
  // In a bunch without a dash the values follow in order; only those of `f` and `C` are usual.
  const grammar = bundled ? { longValued: long } : { valued: 'bCfFgHIKLNTVX', longValued: long };
  const options = optionsOf(args, grammar, 'anywhere');
  const remote = [
    ...options.given.filter(({ name }) => name === 'f' || name === 'file').map(({ value }) => value),
    ...(bundled ? others : []),
  ];
  const wary = has(options, runs) || options.operands.some((word) => word.startsWith('*'));
  const lists =
    has(options, ['t', 'list', 'd', 'diff', 'compare']) &&
    !has(options, [
      'c',
      'x',
      'r',
      'u',
      'A',
      'delete',
      'create',
      'extract',
      'get',
      'append',
      'update',
      'catenate',
      'concatenate',
    ]);
  return [
    lists ? does(call, read, 'tar -t') : does(call, write, 'tar'),
    ...(has(options, ['index-file', 'volno-file']) ? [does(call, write, 'tar to a file')] : []),
    ...(has(options, ['index-file', 'volno-file']) ? [does(call, write, 'tar to a file')] : []),
    ...(has(options, ['delete', 'remove-files', 'recursive-unlink', 'unlink-first'])
      ? [does(call, destroy, 'tar that removes files')]
      : []),
    ...(wary || remote.some((word) => word?.includes(':') === true && !has(options, ['force-local']))
      ? [cannotTell(call, 'tar with a program to run')]
      : []),
    ...unsureOf(call, options),
  ];
};

const long = [
  'file',
  'directory',
  'exclude',
  'exclude-from',
  'files-from',
  'transform',
  'xform',
  'owner',
  'group',
  'mode',
  'mtime',
  'strip-components',
  'newer',
  'checkpoint-action',
  'to-command',
  'use-compress-program',
  'blocking-factor',
  'suffix',
  'sort',
  'format',
  'label',
  'listed-incremental',
];

export const archives: Programs = { tar, gtar: tar, bsdtar: tar };
