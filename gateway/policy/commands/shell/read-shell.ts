import { parse } from 'unbash';
import type { Act } from '../command.ts';
import { act, read, unknown } from '../effects.ts';
import { readScript } from './read-node.ts';
import { runWords } from './run-words.ts';
import type { Scope } from './scope.ts';
import { asSource, isKnown } from './words.ts';

/** Longer texts are not read, so they are unknown: reading takes time. In UTF-16 units. */
const textLengthMax = 65_536;
/** A text in a text in a text. */
const textDepthMax = 4;
/** More different things than these nobody reads. */
const actsMax = 256;

/**
 * PURE. What a text would do that is given to a POSIX shell or bash, or a list of words that are run as they are. At
 * least one act. Never throws: what cannot be read is unknown.
 */
export function readShell(source: string | readonly string[]): readonly Act[] {
  try {
    const state = { elsewhere: false, functions: new Set<string>() };
    const scope: Scope = { state, depth: 0, chain: 0, input: undefined, readText };
    if (typeof source === 'string') return distinct(isPlain(source) ? readText(source, scope) : strange);
    return distinct(source.every(isPlain) && source.length > 0 ? runWords(source, scope) : strange);
  } catch {
    return [act('shell', unknown, 'a text that cannot be read')];
  }
}

const strange: readonly Act[] = [act('shell', unknown, 'a text with characters that no command has')];

/** Shells and their parser need not agree on these. */
function isPlain(text: string): boolean {
  return !/[\0-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) && text.isWellFormed();
}

function readText(text: string, scope: Scope): readonly Act[] {
  if (scope.depth > textDepthMax) return [act('shell', unknown, 'texts inside texts, too deep to be read')];
  if (text.length > textLengthMax) return [act('shell', unknown, 'a text too long to be read')];
  const script = parse(asSource(text));
  const acts = [...readScript(script, scope, scope.depth === 0)];
  if (!isKnown(text)) acts.push(act('shell', unknown, 'a text that is made when it runs'));
  if (acts.length === 0) acts.push(emptied(script.commands.length));
  return acts;
}

function emptied(statements: number): Act {
  return statements === 0
    ? act('shell', unknown, 'a text without a command')
    : act('shell', read, 'a step of the shell itself');
}

/** Each thing once, in the order in which it would happen first. */
function distinct(acts: readonly Act[]): readonly Act[] {
  const seen = new Map<string, Act>();
  for (const one of acts) {
    const key = JSON.stringify([one.system, one.construct, one.effects, one.targets]);
    if (seen.has(key)) continue;
    if (seen.size >= actsMax) return [...seen.values(), act('shell', unknown, 'more commands than can be listed')];
    seen.set(key, one);
  }
  return [...seen.values()];
}
