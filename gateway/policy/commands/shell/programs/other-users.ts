import type { Act } from '../../command.ts';
import { admin, read } from '../../effects.ts';
import { cannotTell, does, type Invocation, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, valueOf } from '../options.ts';
import { unsureOf } from '../plain.ts';
import { changedVariable } from '../variables.ts';
import { isKnown } from '../words.ts';

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

/** Programs that run another one with other variables or as somebody else. */
export const otherUsers: Programs = { env, sudo, su, runuser: su };
