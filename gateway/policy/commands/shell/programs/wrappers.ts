import type { Act } from '../../command.ts';
import { admin, execute, network, read, type Effects } from '../../effects.ts';
import { cannotTell, does, type Input, type Invocation, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, valueOf, type Grammar } from '../options.ts';
import { unsureOf } from '../plain.ts';
import { changedVariable } from '../variables.ts';
import { isKnown, mayBeOption, someText, someWords } from '../words.ts';

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

/** Assignments before the program, as `env` and `sudo` take them. */
function assigning(call: Invocation, words: readonly string[]): { acts: readonly Act[]; rest: readonly string[] } {
  let at = 0;
  const acts: Act[] = [];
  for (; at < words.length; at += 1) {
    const [, name, value] = /^([^=]*)=([^]*)$/.exec(words[at] ?? '') ?? [];
    if (name === undefined) break;
    const turn = changedVariable(name, value);
    if (!isKnown(name)) acts.push(cannotTell(call, 'a variable that is known only when it runs'));
    else if (turn !== undefined) acts.push(does(call, ...turn));
  }
  return { acts, rest: words.slice(at) };
}

const env: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    {
      valued: 'uCSP',
      longValued: ['unset', 'chdir', 'split-string'],
      flags: 'i0v',
      longFlags: [
        'ignore-environment',
        'null',
        'debug',
        'default-signal',
        'ignore-signal',
        'block-signal',
        'list-signal-handling',
        'version',
        'help',
      ],
    },
    'first',
  );
  const split = valueOf(options, ['S', 'split-string']);
  const { acts, rest } = assigning(call, options.operands[0] === '-' ? options.operands.slice(1) : options.operands);
  const doubts = [
    ...unsureOf(call, options),
    ...(options.strange ? [cannotTell(call, 'env with options that are not known')] : []),
  ];
  if (split !== undefined) return [...acts, ...doubts, ...call.runText([split, ...rest].join(' '))];
  return [...acts, ...doubts, ...(rest.length === 0 ? [does(call, read, 'env')] : call.run(rest))];
};

const sudo: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    {
      valued: 'CDgpRrTtUuh',
      longValued: [
        'close-from',
        'chdir',
        'group',
        'host',
        'prompt',
        'chroot',
        'role',
        'command-timeout',
        'type',
        'other-user',
        'user',
      ],
      flags: 'ABbEHKklnPSsiVvN',
      longFlags: [
        'askpass',
        'bell',
        'background',
        'preserve-env',
        'set-home',
        'remove-timestamp',
        'reset-timestamp',
        'list',
        'non-interactive',
        'preserve-groups',
        'stdin',
        'shell',
        'login',
        'version',
        'validate',
        'no-update',
      ],
    },
    'first',
  );
  const itself = does(call, read, 'sudo');
  if (has(options, ['l', 'list', 'V', 'version']) && !options.unsure) return [itself];
  if (has(options, ['e', 'edit'])) return [cannotTell(call, 'sudo -e')];
  const { acts, rest } = assigning(call, options.operands);
  const doubts = [
    ...unsureOf(call, options),
    ...(options.strange ? [cannotTell(call, 'sudo with options that are not known')] : []),
  ];
  const asShell = has(options, ['s', 'i', 'shell', 'login']);
  const inner = rest.length > 0 ? (asShell ? call.runText(rest.join(' ')) : call.run(rest)) : [];
  if (rest.length === 0 && asShell) return [itself, ...acts, cannotTell(call, 'a shell that waits for what to do')];
  return [itself, ...acts, ...doubts, ...inner];
};

/** `su -c text user`, `su - user -c text`; without a text, a shell. */
const su: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    {
      valued: 'cgGsw',
      longValued: ['command', 'session-command', 'group', 'supp-group', 'shell', 'whitelist-environment'],
      flags: 'flmpPhV',
      longFlags: ['fast', 'login', 'preserve-environment', 'pty', 'version', 'help'],
    },
    'anywhere',
  );
  const text = valueOf(options, ['c', 'command', 'session-command']);
  const doubts = [
    ...unsureOf(call, options),
    ...(options.strange || has(options, ['s', 'shell'])
      ? [cannotTell(call, 'su with options that are not known')]
      : []),
  ];
  const itself = does(call, admin, 'su');
  if (text === undefined) return [itself, ...doubts, cannotTell(call, 'a shell that waits for what to do')];
  return [itself, ...doubts, ...call.runText(text)];
};

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

/** The words after a host are one text for the shell there. */
const ssh: ReadProgram = (call) => {
  const options = optionsOf(call.args, { valued: 'BbcDEeFIiJLlmOopQRSWw', flags: '46AaCfGgKkMNnqsTtVvXxYy' }, 'first');
  // A host may be followed by more options.
  const [, ...after] = options.operands;
  const more = optionsOf(after, { valued: 'BbcDEeFIiJLlmOopQRSWw' }, 'first');
  const given = [...options.given, ...more.given];
  const wary = given.some(
    ({ name, value = '' }) => 'FISE'.includes(name) || (name === 'o' && !harmlessSshOption.test(value)),
  );
  const forwards = given.some(({ name }) => 'DLRWwgMOJ'.includes(name));
  const acts: Act[] = [does(call, network, 'ssh')];
  if (has(options, ['V', 'Q', 'G'])) return [does(call, read, 'ssh')];
  if (options.unsure || options.strange || wary || options.operands[0]?.startsWith('-') === true)
    acts.push(cannotTell(call, 'ssh with settings of the caller'));
  if (forwards) acts.push(does(call, ['network', 'admin'], 'ssh that forwards connections'));
  if (more.operands.length > 0) return [...acts, ...call.runText(more.operands.join(' '))];
  if (given.some(({ name }) => name === 'N')) return acts;
  return [...acts, ...remoteShell(call)];
};

const harmlessSshOption =
  /^\s*(StrictHostKeyChecking|ConnectTimeout|BatchMode|ServerAliveInterval|ServerAliveCountMax|LogLevel|UserKnownHostsFile|Port|User|IdentitiesOnly|PasswordAuthentication|PreferredAuthentications|Compression|TCPKeepAlive|ConnectionAttempts|RequestTTY)\s*[=\s]\s*[\w./-]+\s*$/i;

function remoteShell(call: Invocation): readonly Act[] {
  if (call.input?.text !== undefined) return call.runText(call.input.text);
  return [cannotTell(call, call.input === undefined ? 'a shell that waits for what to do' : pipedInto(call.input))];
}

/** PURE. What it is when a shell reads what nobody knows yet. */
export function pipedInto({ is }: Input): string {
  return `${is} piped into a shell`;
}

const niceness = { valued: 'n', longValued: ['adjustment'], flags: '0123456789', longFlags: ['help', 'version'] };

export const wrappers: Programs = {
  env,
  sudo,
  su,
  runuser: su,
  xargs,
  watch,
  flock,
  command,
  builtin: command,
  ssh,
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
