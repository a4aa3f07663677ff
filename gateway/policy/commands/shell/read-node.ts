import {
  forEachChild,
  type ArithmeticWord,
  type Assignment,
  type Command,
  type Coproc,
  type ParsedScript,
  type Pipeline,
  type Redirected,
  type SyntaxNode,
  type Statement,
} from 'unbash';
import type { Act } from '../command.ts';
import { act, unknown } from '../effects.ts';
import { does, type Input } from './invocation.ts';
import { readRedirections } from './redirections.ts';
import { printedBy, runWords } from './run-words.ts';
import { nodesMax, type Scope } from './scope.ts';
import { changedVariable, hidesCommand } from './variables.ts';
import { programWordOf, wordOf } from './words.ts';

const inShell = { program: 'sh' };
/** `$(a "${b:-$(c)}")` is three expansions. */
const expansionsMax = 6;
const tooDeep = act('shell', unknown, 'expansions inside expansions, too deep to be read');
const deeper = (scope: Scope): Scope => ({ ...scope, expansions: scope.expansions + 1 });
const callsItself = does(inShell, ['execute', 'destroy'], 'a function that calls itself');
const unparsed = act('shell', unknown, 'a text that does not parse');
const hidden = act('shell', unknown, 'a command inside a text that the shell evaluates');

/** PURE. What a piece of syntax would do, with everything inside it. Parsed scripts nest 256 deep at most. */
function readNode(node: SyntaxNode, scope: Scope): readonly Act[] {
  scope.state.nodes += 1;
  if (scope.state.nodes > nodesMax) return [];
  if (scope.expansions > expansionsMax) return [tooDeep];
  switch (node.type) {
    case 'Script':
      return readScript(node, scope, false);
    case 'Command':
      return readCommand(node, scope);
    case 'Redirected':
      return readRedirected(node, scope);
    case 'Pipeline':
      return readPipeline(node, scope);
    case 'Function':
      return readFunction(node.name.value, node.body, scope);
    case 'Coproc':
      return readCoproc(node, scope);
    case 'For':
    case 'Select':
      return [...setting(node.name.value, undefined), ...inside(node, scope)];
    case 'ParameterExpansion': {
      const sets = node.operation?.type === 'Default' && node.operation.operator.includes('=');
      return [...(sets ? setting(node.parameter, undefined) : []), ...inside(node, deeper(scope))];
    }
    case 'CommandExpansion':
    case 'ArithmeticExpansion':
      return inside(node, deeper(scope));
    case 'ProcessSubstitution': {
      const input: Input = { text: undefined, is: 'the output of another program' };
      return inside(node, deeper(node.operator === '>' ? { ...scope, input } : scope));
    }
    case 'ArithmeticCommand':
      return [...inside(node, scope), ...asCommands(node.body, scope)];
    case 'ArithmeticWord':
      return [...arithmeticDoubts(node), ...inside(node, scope)];
    case 'TestUnary':
      return [...(hidesCommand(wordOf(node.operand)) ? [hidden] : []), ...inside(node, scope)];
    case 'TestBinary': {
      const evaluates = /^-(eq|ne|lt|le|gt|ge)$/.test(node.operator);
      const hides = evaluates && (hidesCommand(wordOf(node.left)) || hidesCommand(wordOf(node.right)));
      return [...(hides ? [hidden] : []), ...inside(node, scope)];
    }
    default:
      return inside(node, scope);
  }
}

function inside(node: SyntaxNode, scope: Scope): readonly Act[] {
  const acts: Act[] = [];
  forEachChild(node, (child) => {
    for (const one of readNode(child, scope)) acts.push(one);
  });
  return acts;
}

/** PURE. What a whole text would do. The outermost one may define functions for what follows. */
export function readScript(script: ParsedScript, scope: Scope, defines: boolean): readonly Act[] {
  const broken = script.errors !== undefined && script.errors.length > 0;
  const acts: Act[] = [];
  for (const statement of script.commands) {
    if (defines) define(statement, scope);
    for (const one of readNode(statement, scope)) acts.push(one);
  }
  if (broken) acts.push(unparsed);
  return acts;
}

/** A function stands for its name once it is surely defined: as a statement of its own, under no condition. */
function define({ command, background }: Statement, { state }: Scope): void {
  if (command.type === 'Function' && background !== true) state.functions.add(command.name.value);
}

/** What these print may be given to a shell, so nothing else may have their name. */
const printers = new Set(['echo', 'printf', 'cat']);

function readFunction(name: string, body: SyntaxNode, scope: Scope): readonly Act[] {
  const acts = readNode(body, { ...scope, input: undefined, within: [...scope.within, name] });
  return printers.has(name) ? [...acts, act('shell', unknown, 'a function that replaces a program')] : acts;
}

function readCoproc({ name, body }: Coproc, scope: Scope): readonly Act[] {
  return [...(name === undefined ? [] : setting(wordOf(name), undefined)), ...readNode(body, scope)];
}

/** What is not arithmetic, bash refuses; another shell may take it for commands. */
function arithmeticDoubts({ value, parts }: ArithmeticWord): readonly Act[] {
  if (parts === undefined && hidesCommand(value)) return [hidden];
  const literal =
    parts === undefined ? value.trim() : parts.map((part) => (part.type === 'Literal' ? part.value : '')).join('');
  return /\s/.test(literal) ? [unparsed] : [];
}

/** dash takes `((reboot))` for a program, where bash counts. What bash counts with is mostly no program. */
function asCommands(body: string, scope: Scope): readonly Act[] {
  if (!/^[\s(]*[a-z][\w-]*(\s|[);]|$)/.test(body)) return [];
  return scope
    .readText(body, { ...scope, depth: scope.depth + 1 })
    .filter(({ effects }) => !effects.includes('unknown'));
}

function readCommand(node: Command, scope: Scope): readonly Act[] {
  const acts: Act[] = [];
  for (const child of node.prefix) {
    if (child.type === 'Assignment') acts.push(...assigning(child, scope));
  }
  const words = wordsOf(node);
  if (scope.within.includes(words[0] ?? '')) acts.push(callsItself);
  // The expansions of the words are made first, then the program is run.
  if (node.name !== undefined) acts.push(...inside(node.name, scope));
  for (const child of node.suffix) {
    if (child.type === 'Word' && child.parts !== undefined) acts.push(...inside(child, scope));
    else if (child.type === 'Assignment') acts.push(...assigning(child, scope));
  }
  const redirected = readRedirections(node.redirects, scope, inside);
  acts.push(...redirected.acts);
  const own = { ...scope, input: redirected.input ?? scope.input };
  if (node.name !== undefined) acts.push(...runWords(words, own));
  return acts;
}

/** PURE. The words of a command, its name first. */
function wordsOf({ name, suffix }: Command): readonly string[] {
  if (name === undefined) return [];
  const words = [programWordOf(name)];
  for (const child of suffix) {
    if (child.type === 'Word') words.push(wordOf(child));
    else if (child.type === 'Assignment') words.push(assignmentOf(child));
  }
  return words;
}

function assignmentOf({ name, value, index, append }: Assignment): string {
  const text = value.type === 'Word' ? wordOf(value) : '';
  return `${name}${index === undefined ? '' : `[${wordOf(index)}]`}${append === true ? '+' : ''}=${text}`;
}

function assigning(node: Assignment, scope: Scope): readonly Act[] {
  const { name, value, index } = node;
  const text = value.type === 'Word' ? wordOf(value) : undefined;
  const hides = (text !== undefined && hidesCommand(text)) || (index !== undefined && hidesCommand(wordOf(index)));
  return [...setting(name, text), ...(hides ? [hidden] : []), ...inside(node, scope)];
}

function setting(name: string, value: string | undefined): readonly Act[] {
  const turn = changedVariable(name, value);
  return turn === undefined ? [] : [does(inShell, ...turn)];
}

function readRedirected({ command, redirects }: Redirected, scope: Scope): readonly Act[] {
  const { acts, input } = readRedirections(redirects, scope, inside);
  return [...acts, ...readNode(command, { ...scope, input: input ?? scope.input })];
}

/** What one program prints is what the next one gets. A download stays one, whatever it goes through. */
function readPipeline({ commands }: Pipeline, scope: Scope): readonly Act[] {
  const acts: Act[] = [];
  let { input } = scope;
  for (const [index, command] of commands.entries()) {
    const own = readNode(command, { ...scope, input });
    for (const one of own) acts.push(one);
    if (index === commands.length - 1 || scope.state.nodes > nodesMax) break;
    input = outputOf(command, own, input);
  }
  return acts;
}

function outputOf(command: SyntaxNode, acts: readonly Act[], input: Input | undefined): Input {
  const isDownload = input?.is === 'a download' || acts.some(({ effects }) => effects.includes('network'));
  const before = command.type === 'Command' ? input : undefined;
  const given = command.type === 'Command' ? (hereTextOf(command) ?? before) : before;
  const text = command.type === 'Command' ? printedBy(wordsOf(command), given) : undefined;
  if (isDownload) return { text, is: 'a download' };
  if (input?.is === 'decoded text' || acts.some(({ construct }) => decoders.has(construct)))
    return { text, is: 'decoded text' };
  return { text, is: text === undefined ? 'the output of another program' : 'a text' };
}

const decoders = new Set([
  'base64',
  'base32',
  'basenc',
  'xxd',
  'openssl',
  'gunzip',
  'gzip',
  'zcat',
  'bzcat',
  'xzcat',
  'rev',
  'tr',
]);

function hereTextOf({ redirects }: Command): Input | undefined {
  return redirects.length === 0 ? undefined : readRedirections(redirects, undefined, () => []).input;
}
