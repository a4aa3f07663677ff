import type { Act } from '../../command.ts';
import { admin, execute, network, read, type Effects } from '../../effects.ts';
import { cannotTell, does, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, type Grammar } from '../options.ts';
import { unsureOf } from '../plain.ts';

/** A program that runs another one, which is what follows its own options. */
interface Wrapper {
  readonly grammar: Grammar;
  /** What it does itself, if that is worth a word. */
  readonly is?: Effects;
  /** How many operands are its own. */
  readonly own?: number;
  /** Without a program to run: looks, or starts a shell. */
  readonly alone: 'looks' | 'a shell';
  /** With one of these it looks and runs nothing. */
  readonly looks?: readonly string[];
  /** With one of these nobody can tell. */
  readonly beware?: readonly string[];
}

/** PURE. */
function wrapper(wrapping: Wrapper): ReadProgram {
  const { grammar, is, own = 0, alone, looks = [], beware = [] } = wrapping;
  return (call) => {
    const options = optionsOf(call.args, grammar, 'first');
    const itself = is === undefined ? [] : [does(call, is, call.program)];
    if (looks.length > 0 && has(options, looks) && !options.unsure) return [does(call, read, call.program)];
    const doubts = [
      ...unsureOf(call, options),
      ...(options.strange || has(options, beware)
        ? [cannotTell(call, `${call.program} with options that are not known`)]
        : []),
    ];
    const inner = options.operands.slice(own);
    const missing: Act[] =
      alone === 'looks' ? [does(call, read, call.program)] : [cannotTell(call, 'a shell that waits for what to do')];
    return [...itself, ...doubts, ...(inner.length === 0 ? missing : call.run(inner))];
  };
}

const niceness = { valued: 'n', longValued: ['adjustment'], flags: '0123456789', longFlags: ['help', 'version'] };

export const wrappers: Programs = {
  doas: wrapper({ grammar: { valued: 'uC', flags: 'nLs' }, is: read, alone: 'a shell', beware: ['s'] }),
  pkexec: wrapper({
    grammar: { longValued: ['user'], flags: '', longFlags: ['disable-internal-agent', 'keep-cwd'] },
    is: read,
    alone: 'a shell',
  }),
  timeout: wrapper({
    grammar: {
      valued: 'ks',
      longValued: ['kill-after', 'signal'],
      flags: 'fpv',
      longFlags: ['foreground', 'preserve-status', 'verbose', 'help', 'version'],
    },
    own: 1,
    alone: 'looks',
  }),
  nice: wrapper({ grammar: niceness, alone: 'looks' }),
  ionice: wrapper({
    grammar: {
      valued: 'cnpPu',
      longValued: ['class', 'classdata', 'pid', 'pgid', 'uid'],
      flags: 't',
      longFlags: ['ignore'],
    },
    alone: 'looks',
  }),
  chrt: wrapper({
    grammar: { valued: 'TPD', flags: 'abdfimorRv', longFlags: [] },
    own: 1,
    alone: 'looks',
    beware: ['p'],
  }),
  taskset: wrapper({ grammar: { flags: 'ac', longFlags: ['all-tasks', 'cpu-list'] }, own: 1, alone: 'looks' }),
  numactl: wrapper({
    grammar: {
      valued: 'iNmCpl',
      longValued: ['interleave', 'cpunodebind', 'membind', 'physcpubind', 'preferred'],
      flags: 'lHs',
      longFlags: ['localalloc', 'hardware', 'show'],
    },
    alone: 'looks',
  }),
  nohup: wrapper({ grammar: { flags: '', longFlags: ['help', 'version'] }, alone: 'looks' }),
  setsid: wrapper({ grammar: { flags: 'cfwhV', longFlags: ['ctty', 'fork', 'wait'] }, alone: 'looks' }),
  stdbuf: wrapper({
    grammar: { valued: 'ioe', longValued: ['input', 'output', 'error'], flags: '', longFlags: [] },
    alone: 'looks',
  }),
  unbuffer: wrapper({ grammar: { flags: 'p', longFlags: [] }, alone: 'looks' }),
  time: wrapper({
    grammar: {
      valued: 'fo',
      longValued: ['format', 'output'],
      flags: 'apqvV',
      longFlags: ['append', 'portability', 'quiet', 'verbose', 'version', 'help'],
    },
    alone: 'looks',
  }),
  exec: wrapper({ grammar: { valued: 'a', flags: 'cl', longFlags: [] }, alone: 'looks' }),
  chronic: wrapper({ grammar: { flags: 've', longFlags: [] }, alone: 'looks' }),
  caffeinate: wrapper({ grammar: { valued: 'tw', flags: 'disum', longFlags: [] }, alone: 'looks' }),
  busybox: wrapper({ grammar: { flags: '', longFlags: ['list', 'help', 'list-full'] }, alone: 'looks' }),
  toybox: wrapper({ grammar: { flags: '', longFlags: ['help'] }, alone: 'looks' }),
  chroot: wrapper({
    grammar: { longValued: ['userspec', 'groups'], flags: '', longFlags: ['skip-chdir'] },
    is: admin,
    own: 1,
    alone: 'a shell',
  }),
  nsenter: wrapper({
    grammar: {
      valued: 'tSG',
      longValued: ['target', 'setuid', 'setgid'],
      attached: 'muinpCTrw',
      flags: 'aFZe',
      longFlags: [
        'all',
        'mount',
        'uts',
        'ipc',
        'net',
        'pid',
        'cgroup',
        'user',
        'time',
        'root',
        'wd',
        'no-fork',
        'preserve-credentials',
      ],
    },
    is: admin,
    alone: 'a shell',
  }),
  unshare: wrapper({
    grammar: {
      attached: 'muinpCTU',
      flags: 'frc',
      longFlags: ['mount', 'uts', 'ipc', 'net', 'pid', 'cgroup', 'user', 'time', 'fork', 'map-root-user', 'mount-proc'],
    },
    is: admin,
    alone: 'a shell',
  }),
  setpriv: wrapper({
    grammar: {
      longValued: ['reuid', 'regid', 'groups', 'inh-caps', 'bounding-set'],
      flags: 'dh',
      longFlags: ['dump', 'clear-groups', 'init-groups', 'no-new-privs', 'nnp'],
    },
    is: admin,
    alone: 'looks',
  }),
  'systemd-run': wrapper({
    grammar: {
      valued: 'pHMEu',
      longValued: [
        'unit',
        'property',
        'description',
        'slice',
        'uid',
        'gid',
        'on-calendar',
        'on-active',
        'setenv',
        'working-directory',
      ],
      flags: 'rtPqGdS',
      longFlags: [
        'user',
        'system',
        'scope',
        'pty',
        'pipe',
        'quiet',
        'wait',
        'collect',
        'no-block',
        'remain-after-exit',
      ],
    },
    is: [...admin, ...execute],
    alone: 'looks',
  }),
  strace: wrapper({
    grammar: { valued: 'abeEIoOpPsSuUX', flags: 'cCdfFhiknqrtTvVwxyYzZ', longFlags: [] },
    alone: 'looks',
    is: execute,
  }),
  ltrace: wrapper({
    grammar: { valued: 'aAeEFlnopsuwx', flags: 'bcCfhiLrStTV', longFlags: [] },
    alone: 'looks',
    is: execute,
  }),
  torsocks: wrapper({ grammar: { flags: '', longFlags: [] }, is: network, alone: 'looks' }),
  proxychains: wrapper({ grammar: { valued: 'f', flags: 'q', longFlags: [] }, is: network, alone: 'looks' }),
  sshpass: wrapper({ grammar: { valued: 'pfdP', attached: 'p', flags: 'ev', longFlags: [] }, alone: 'looks' }),
};
