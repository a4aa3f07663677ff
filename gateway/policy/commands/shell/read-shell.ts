import { parse } from 'unbash';
import type { Act } from '../command.ts';
import { act, read, unknown } from '../effects.ts';
import { readScript } from './read-node.ts';
import { runWords } from './run-words.ts';
import { nodesMax, runsMax, unitsMax, type Scope } from './scope.ts';
import { asSource, isKnown } from './words.ts';

/** Longer texts are not read, so they are unknown: reading takes time. In UTF-16 units. */
const textLengthMax = 65_536;
/** A text in a text in a text. */
const textDepthMax = 4;
/** Expansions of commands in one text. */
const expansionsMax = 1000;
/** Expansions with an operator, times UTF-16 units. */
const expansionCostMax = 4_000_000;
/** More different things than these nobody reads. */
const actsMax = 256;

/**
 * PURE. What a text would do that is given to a POSIX shell or bash, or a list of words that are run as they are. At
 * least one act. Never throws: what cannot be read is unknown.
 */
export function readShell(source: string | readonly string[]): readonly Act[] {
  try {
    const state = { elsewhere: false, functions: new Set<string>(), nodes: 0, runs: 0, units: 0 };
    const scope: Scope = { state, depth: 0, chain: 0, input: undefined, within: [], expansions: 0, readText };
    const words = typeof source === 'string' ? [source] : source;
    if (words.length === 0 || !words.every(isPlain)) return strange;
    const acts = distinct(typeof source === 'string' ? readText(source, scope) : runWords(source, scope));
    return state.nodes > nodesMax || state.runs > runsMax ? [...acts, tooMuch] : acts;
  } catch {
    return [act('shell', unknown, 'a text that cannot be read')];
  }
}

const tooMuch = act('shell', unknown, 'more than can be read');
const strange: readonly Act[] = [act('shell', unknown, 'a text with characters that no command has')];

/** Shells and their parser need not agree on these. */
function isPlain(text: string): boolean {
  return !/[^\P{Cc}\t\n\r]/u.test(text) && text.isWellFormed();
}

function readText(text: string, scope: Scope): readonly Act[] {
  if (scope.depth > textDepthMax) return [act('shell', unknown, 'texts inside texts, too deep to be read')];
  if (text.length > textLengthMax) return [act('shell', unknown, 'a text too long to be read')];
  scope.state.units += text.length;
  if (isCostly(text) || scope.state.units > unitsMax) return [tooMuch];
  const script = parse(asSource(text));
  const acts = [...readScript(script, scope, scope.depth === 0)];
  if (!isKnown(text)) acts.push(act('shell', unknown, 'a text that is made when it runs'));
  if (acts.length === 0) acts.push(emptied(script.commands.length));
  return acts;
}

/**
 * `${a:-${b:-…}}` takes the parser time for each expansion by the length of the text, and `$($(…))` for each level.
 * Whether they stand inside each other is not asked, since quotes could say otherwise.
 */
function isCostly(text: string): boolean {
  if (text.length < expansionsMax) return false;
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  return count(/[$<>]\(|`/g) > expansionsMax || count(/\$\{(?!\w+\})/g) * text.length > expansionCostMax;
}

function emptied(statements: number): Act {
  return statements === 0
    ? act('shell', unknown, 'a text without a command')
    : act('shell', read, 'a step of the shell itself');
}

/** Names may hold any character but these. */
function keyOf({ system, construct, effects, targets }: Act): string {
  let key = `${system}\0${construct}\0${effects.join(' ')}`;
  for (const [kind, names] of Object.entries(targets)) key += `\0${kind}\0${names.join('\u0001')}`;
  return key;
}

/** Each thing once, in the order in which it would happen first. */
function distinct(acts: readonly Act[]): readonly Act[] {
  const seen = new Map<string, Act>();
  for (const one of acts) {
    const key = keyOf(one);
    if (seen.has(key)) continue;
    if (seen.size >= actsMax) return [...seen.values(), act('shell', unknown, 'more commands than can be listed')];
    seen.set(key, one);
  }
  return [...seen.values()];
}
