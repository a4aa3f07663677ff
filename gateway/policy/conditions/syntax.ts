import type { ASTNode } from '@marcbachmann/cel-js';
import type { Reading } from '../glob.ts';
import { clockReaders, zoneOf } from './clock.ts';
import type { ConditionProblem } from './condition.ts';
import { OWN } from './environment.ts';
import { isDuration, timestampOf } from './functions.ts';
import { GlobPattern, Pattern, textComparisons } from './patterns.ts';
import { fieldsOf, isVariable, variableNames, type VariableName } from './variables.ts';

/** Where a part of an expression stands. */
interface Scope {
  /** Whether it speaks for the expression to hold, against it, or one cannot tell. */
  readonly sense: 'for' | 'against' | 'unclear';
  /** Names that `all`, `exists` and their like give to the items of a list. */
  readonly items: readonly string[];
}

/** What of an expression is not taken, and which variables it reads. */
export interface SyntaxReport {
  readonly problems: ConditionProblem[];
  readonly reads: Set<VariableName>;
}

interface Walk extends SyntaxReport {
  readonly source: string;
  /** How a rule of this decision compares texts. */
  readonly reading: Reading;
}

const loops = ['all', 'exists', 'exists_one', 'filter'];
const ownMethods = [...Object.keys(textComparisons), ...Object.keys(clockReaders)];
const methods = [...loops, 'size', ...ownMethods];
const functions = ['has', 'size', 'int', 'double', 'timestamp', 'duration', 're', 'glob'];

/** What somebody may try who knows the language, and what to write instead. */
const instead: Readonly<Record<string, string>> = {
  matches: "its time has no bound; write re(text, 'pattern')",
  map: 'ask with all, exists or filter',
  lowerAscii: "write glob(text, 'pattern') or re(text, '(?i)pattern')",
  upperAscii: "write glob(text, 'pattern') or re(text, '(?i)pattern')",
  string: 'compare values with values of their own type',
};

/**
 * Looks at every part of a parsed expression before its types are checked: what is not on the lists above is a problem.
 * Functions of which the library has another idea than the language get the names of ours, and patterns and time zones
 * are compiled in their places, so `ast` is changed.
 */
export function checkSyntax(ast: ASTNode, source: string, reading: Reading): SyntaxReport {
  const walk: Walk = { source, reading, problems: [], reads: new Set() };
  visit(ast, { sense: 'for', items: [] }, walk);
  return walk;
}

function visit(node: ASTNode, scope: Scope, walk: Walk): void {
  const unclear: Scope = { ...scope, sense: 'unclear' };
  switch (node.op) {
    case 'value':
      return checkLiteral(node, walk);
    case 'id':
      return checkName(node, scope, walk);
    case '.':
      visit(node.args[0], unclear, walk);
      return checkField(node.args[0], node.args[1], node, walk);
    case 'call':
      return visitCall(node, scope, walk);
    case 'rcall':
      return visitMethod(node, scope, walk);
    case '!_':
      return visit(node.args, opposite(scope), walk);
    case '&&':
    case '||':
      for (const part of node.args) visit(part, scope, walk);
      return;
    case '?:':
      visit(node.args[0], unclear, walk);
      visit(node.args[1], scope, walk);
      return visit(node.args[2], scope, walk);
    case '-_':
      return visit(node.args, unclear, walk);
    case 'map':
      return complain(walk, node.start, 'a map cannot be written in a condition; ask for its fields one by one');
    case '.?':
    case '[?]':
      return complain(walk, node.start, 'optional values are not available; write has(args.limit) && …');
    default:
      for (const part of node.args) visit(part, unclear, walk);
  }
}

function opposite(scope: Scope): Scope {
  const senses = { for: 'against', against: 'for', unclear: 'unclear' } as const;
  return { ...scope, sense: senses[scope.sense] };
}

function checkLiteral(node: ASTNode, walk: Walk): void {
  const value: unknown = node.args;
  if (typeof value === 'bigint' && (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER)) {
    complain(walk, node.start, 'a number this large cannot be compared exactly with one from JSON');
  } else if (typeof value === 'object' && value !== null) {
    complain(walk, node.start, 'unsigned numbers and bytes are not available: JSON has none');
  }
}

function checkName(node: ASTNode & { readonly op: 'id' }, { items }: Scope, walk: Walk): void {
  const name = node.args;
  if (items.includes(name)) return;
  if (isVariable(name)) walk.reads.add(name);
  else unknown(walk, node.start, 'variable', name, [...variableNames, ...items]);
}

function checkField(owner: ASTNode, field: string, { end }: ASTNode, walk: Walk): void {
  if (owner.op !== 'id' || !isVariable(owner.args)) return;
  const fields = fieldsOf(owner.args);
  if (fields !== undefined && !fields.includes(field)) {
    unknown(walk, end - field.length, `field of ${owner.args}`, field, fields);
  }
}

function visitCall(node: ASTNode & { readonly op: 'call' }, scope: Scope, walk: Walk): void {
  const [name, args] = node.args;
  const [first, second] = args;
  if (!functions.includes(name)) return unknown(walk, node.start, 'function', name, functions);
  for (const arg of args) visit(arg, { ...scope, sense: 'unclear' }, walk);
  switch (name) {
    case 'has':
      if (first?.op !== '.') complain(walk, node.start, 'has() asks for a field: has(args.limit)');
      return;
    case 'int':
    case 'double':
      return rename(node, `${OWN}${name}`);
    case 'timestamp':
      if (first?.op === 'value') attempt(walk, first, 'a timestamp is written as 2026-11-24T18:00:00Z', timestampOf);
      return rename(node, `${OWN}timestamp`);
    case 'duration':
      if (typeof first?.args === 'string' && first.op === 'value' && isDuration(first.args)) return;
      return complain(walk, node.start, 'a duration is written out, up to 366 days: duration("1h30m")');
    case 're':
      return compile(walk, second, `re takes a pattern of RE2 that is written out`, (text) => new Pattern(text));
    case 'glob': {
      if (scope.sense === 'unclear') {
        const message = 'glob here may speak for the rule or against it; let it stand by itself, or after "!"';
        return complain(walk, node.start, message);
      }
      // What a rule excludes is read the other way round, for the same reason for which rules that restrict read generously.
      const reading = (scope.sense === 'for') === (walk.reading === 'exact') ? 'exact' : 'generous';
      return compile(
        walk,
        second,
        'glob takes a pattern that is written out',
        (text) => new GlobPattern(text, reading),
      );
    }
  }
}

function visitMethod(node: ASTNode & { readonly op: 'rcall' }, scope: Scope, walk: Walk): void {
  const [name, receiver, args] = node.args;
  const at = walk.source.indexOf(name, receiver.end);
  if (!methods.includes(name)) return unknown(walk, at, 'function', name, methods);
  const unclear: Scope = { ...scope, sense: 'unclear' };
  visit(receiver, unclear, walk);
  if (loops.includes(name)) return visitLoop(node, scope, walk);
  for (const arg of args) visit(arg, unclear, walk);
  if (ownMethods.includes(name)) rename(node, `${OWN}${name}`);
  const [zone] = args;
  if (zone !== undefined && Object.hasOwn(clockReaders, name)) {
    const message = 'a time zone is written out: at.getHours("Europe/Berlin") or "+01:00"';
    compile(walk, zone, message, zoneOf);
  }
}

/** `all` and `exists` speak as what they ask of each item does; how many items there are can mean anything. */
function visitLoop(node: ASTNode & { readonly op: 'rcall' }, { sense, items }: Scope, walk: Walk): void {
  const [name, , [item, body]] = node.args;
  if (item?.op !== 'id' || body === undefined) return;
  if (isVariable(item.args) || items.includes(item.args)) {
    complain(walk, item.start, `"${item.args}" means something already; give the item another name`);
  }
  const keepsSense = name === 'all' || name === 'exists';
  visit(body, { sense: keepsSense ? sense : 'unclear', items: [...items, item.args] }, walk);
}

function rename({ args }: ASTNode, name: string): void {
  (args as [string, ...unknown[]])[0] = name;
}

/** Puts in the place of a literal what it stands for. */
function compile(walk: Walk, literal: ASTNode | undefined, message: string, make: (text: string) => object): void {
  if (literal?.op !== 'value') return complain(walk, literal?.start ?? 0, message);
  const made = attempt(walk, literal, message, make);
  if (made !== undefined) Object.assign(literal, { args: made });
}

function attempt<T>(walk: Walk, literal: ASTNode, message: string, make: (text: string) => T): T | undefined {
  if (typeof literal.args === 'string') {
    try {
      return make(literal.args);
    } catch (error) {
      complain(walk, literal.start, `${message} (${(error as Error).message})`);
      return undefined;
    }
  }
  complain(walk, literal.start, message);
  return undefined;
}

function unknown(walk: Walk, at: number, kind: string, word: string, known: readonly string[]): void {
  const hint = instead[word];
  if (hint === undefined) walk.problems.push({ at, message: `unknown ${kind} ${word}`, unknown: { word, known } });
  else complain(walk, at, `${word} is not available: ${hint}`);
}

function complain({ problems }: Walk, at: number, message: string): void {
  problems.push({ at, message });
}
