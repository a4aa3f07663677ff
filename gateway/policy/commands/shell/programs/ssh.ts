import type { Act } from '../../command.ts';
import { network, read } from '../../effects.ts';
import { cannotTell, does, type Input, type Invocation, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf } from '../options.ts';

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

export const remotes: Programs = { ssh };
