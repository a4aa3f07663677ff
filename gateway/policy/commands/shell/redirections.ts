import type { Redirection, SyntaxNode } from 'unbash';
import type { Act } from '../command.ts';
import { network, unknown } from '../effects.ts';
import { does, type Input } from './invocation.ts';
import { writingTo } from './places.ts';
import type { Scope } from './scope.ts';
import { isKnown, quotedOf, wordOf } from './words.ts';
import { changedVariable } from './variables.ts';

interface Redirected {
  readonly acts: readonly Act[];
  /** What comes on the input. Undefined: they say nothing of it. */
  readonly input: Input | undefined;
}

const inShell = { program: 'sh' };

/** PURE. What redirections do: `>` writes, `<` reads, and a heredoc is a text. Without a scope: the input only. */
export function readRedirections(
  redirections: readonly Redirection[],
  scope: Scope | undefined,
  inside: (node: SyntaxNode, scope: Scope) => readonly Act[],
): Redirected {
  const acts: Act[] = [];
  let input: Input | undefined;
  for (const one of redirections) {
    if (scope !== undefined) acts.push(...inside(one, scope), ...descriptorActs(one));
    const descriptor = one.descriptor?.type === 'FileDescriptor' ? one.descriptor.value : undefined;
    const isInput = (descriptor ?? 0) === 0;
    if (one.type === 'HereDoc') {
      const { parts, text } = one.body;
      if (isInput) input = { text: parts === undefined ? text : quotedOf(parts), is: 'a text' };
    } else if (one.type === 'HereString') {
      if (isInput) input = { text: one.target === undefined ? undefined : `${wordOf(one.target)}\n`, is: 'a text' };
    } else {
      const target = one.target === undefined ? '' : wordOf(one.target);
      const turn = turnOf(one.operator, target, scope?.state.elsewhere ?? false);
      if (turn !== undefined && scope !== undefined) acts.push(does(inShell, ...turn));
      if (one.operator.startsWith('<') && isInput) input = inputFrom(target);
    }
  }
  return { acts, input };
}

function descriptorActs({ descriptor }: Redirection): readonly Act[] {
  if (descriptor?.type !== 'FileDescriptorVariable') return [];
  const turn = changedVariable(descriptor.name, undefined);
  return turn === undefined ? [] : [does(inShell, ...turn)];
}

function inputFrom(target: string): Input {
  if (/^\/dev\/(tcp|udp)\//.test(target)) return { text: undefined, is: 'a download' };
  return { text: undefined, is: target.startsWith('/dev/fd/') ? 'the output of another program' : 'a file' };
}

function turnOf(operator: string, target: string, elsewhere: boolean) {
  // `2>&1` and `<&3` make one descriptor another.
  if ((operator === '>&' || operator === '<&') && /^(\d+-?|-)$/.test(target)) return undefined;
  if (operator === '<' || operator === '<&') {
    if (/^\/dev\/(tcp|udp)\//.test(target)) return [network, 'a connection by redirection'] as const;
    return isKnown(target) || target.startsWith('/dev/fd/') || operator === '<'
      ? undefined
      : ([unknown, 'a redirection that is known only when it runs'] as const);
  }
  return writingTo(target, operator === '>>' || operator === '&>>' ? 'at its end' : 'anew', elsewhere);
}
