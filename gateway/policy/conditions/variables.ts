import type { Caller } from '../../../workflows/contract/call.ts';
import { fold } from '../glob.ts';
import type { Decision } from '../../config/rule-schema.ts';
import type { Act, TargetKind } from '../commands/command.ts';
import { anyName } from '../commands/effects.ts';
import type { JudgeInput } from '../judge-input.ts';
import { actingFor } from '../matchers/claims.ts';
import { annotationHints } from '../judge-input.ts';
import { isPlainPath } from '../plain-path.ts';
import { DoubtError, doubts } from './condition.ts';

const texts = 'list<string>';

const targetKinds = [
  'relations',
  'functions',
  'programs',
  'verbs',
  'kinds',
  'namespaces',
  'methods',
  'hosts',
  'paths',
  'values',
] as const satisfies readonly TargetKind[];

/** What an expression may read, with its type or the types of its fields. */
export const variables = {
  connection: 'string',
  method: 'string',
  tool: 'string',
  uri: 'string',
  caller: { issuer: 'string', subject: 'string', groups: texts, owner: 'string', email: 'string', actors: texts },
  args: 'map<string, dyn>',
  at: 'google.protobuf.Timestamp',
  purpose: { code: 'string', text: 'string', ticket: 'string', source: 'string', claimedBy: 'string' },
  annotations: Object.fromEntries(annotationHints.map((hint) => [hint, 'bool'])),
  command: {
    dialect: 'string',
    systems: texts,
    effects: texts,
    constructs: texts,
    ...Object.fromEntries(targetKinds.map((kind) => [kind, texts])),
  },
} as const satisfies Readonly<Record<string, string | Readonly<Record<string, string>>>>;

export type VariableName = keyof typeof variables;

export const variableNames = Object.keys(variables) as readonly VariableName[];

export function isVariable(name: string): name is VariableName {
  return Object.hasOwn(variables, name);
}

/** The fields of a variable that has a closed list of them. */
export function fieldsOf(name: VariableName): readonly string[] | undefined {
  const type = variables[name];
  return typeof type === 'string' ? undefined : Object.keys(type);
}

/** What a list of tools, prompts or resources tells of a call. */
const listed: readonly VariableName[] = ['connection', 'method', 'tool', 'caller'];

export function isListed(name: VariableName): boolean {
  return listed.includes(name);
}

/**
 * PURE. The value of a variable other than `args`; undefined when the call has none, and what reads it cannot be
 * judged then. A rule that allows reads neither what a server says of itself unless it is trusted, nor a command of
 * which a part is unknown, nor who acted before the present actor.
 */
export function valueOf(name: Exclude<VariableName, 'args'>, input: JudgeInput, decision: Decision): unknown {
  switch (name) {
    case 'connection':
    case 'method':
    case 'tool':
    case 'at':
      return input[name];
    case 'uri':
      if (input.uri !== undefined && !isPlainPath(input.uri)) throw new DoubtError(doubts.disguised);
      return input.uri;
    case 'caller':
      return withFoldedEmail(actingFor(input.caller, { decision }));
    case 'purpose':
      return input.purpose ?? {};
    case 'annotations':
      if (decision === 'allow' && input.annotations?.trusted !== true) throw new DoubtError(doubts.untrusted);
      return input.annotations?.hints;
    case 'command': {
      if (input.command === undefined) return {};
      const { dialect, acts } = input.command;
      const isUnknown = acts.some(({ effects }) => effects.includes('unknown'));
      if (decision === 'allow' && isUnknown) throw new DoubtError(doubts.unknownEffect);
      return listsOf(dialect, acts);
    }
  }
}

/** Emails are compared without case by every rule. */
function withFoldedEmail(caller: Caller): Caller {
  return caller.email === undefined ? caller : { ...caller, email: fold(caller.email) };
}

function listsOf(dialect: string, acts: readonly Act[]): object {
  const all = (values: (act: Act) => readonly string[]): string[] => [...new Set(acts.flatMap(values))];
  const lists = {
    dialect,
    systems: all(({ system }) => [system]),
    effects: all(({ effects }) => effects),
    constructs: all(({ construct }) => [construct]),
  };
  for (const kind of targetKinds) {
    Object.defineProperty(lists, kind, { enumerable: true, get: () => namesOf(acts, kind) });
  }
  return lists;
}

/** A target that is not known may be any, so nothing can be said of them all. */
function namesOf(acts: readonly Act[], kind: TargetKind): readonly string[] {
  const names = new Set(acts.flatMap(({ targets }) => targets[kind] ?? []));
  if (names.has(anyName)) throw new DoubtError(doubts.unknownTarget);
  return [...names];
}
