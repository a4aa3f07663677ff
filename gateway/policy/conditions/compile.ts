import type { ParseResult } from '@marcbachmann/cel-js';
import type { JudgeInput } from '../judge-input.ts';
import type { ForRule } from '../matchers/matcher.ts';
import { DoubtError, doubts, type Clause, type Condition, type ConditionProblem, type Finding } from './condition.ts';
import { costOf, isAffordable, type Cost } from './cost.ts';
import { environment } from './environment.ts';
import { expectedOf } from './expected.ts';
import { conjunctsOf, textOf } from './nodes.ts';
import { problemOf } from './problem.ts';
import { measure, project, readsOf, type Reading, type Size } from './reads.ts';
import { checkSyntax } from './syntax.ts';
import { checkTypes } from './types.ts';
import { isListed, valueOf, type VariableName } from './variables.ts';

/**
 * How deep a value may be nested. The library keeps a type for each way in which lists and objects are nested in what it
 * was given, for good, and for each pair of them that it compared: callers must not be able to have it keep many.
 */
const depthMax = { usually: 8, comparingUnknowns: 4 };

export type Compiled = { readonly condition: Condition } | { readonly problems: readonly ConditionProblem[] };

/** PURE. Compiles `when`: parses it, checks its types, and refuses what is not certain to be judged rightly and in time. */
export function compileCondition(source: string, rule: ForRule): Compiled {
  const whole = compileExpression(source, rule);
  if ('problems' in whole) return whole;
  const { reads, judge } = whole;
  let clauses: readonly Clause[] | undefined;
  const condition: Condition = {
    reads,
    needsCall: ![...reads].every(isListed),
    judge,
    // Few rules are ever explained, so their clauses are compiled when they are.
    clauses: () => (clauses ??= clausesOf(source, rule) ?? [{ text: source, judge }]),
  };
  return { condition };
}

interface Expression {
  readonly reads: ReadonlySet<VariableName>;
  readonly judge: (input: JudgeInput) => Finding;
}

function compileExpression(
  source: string,
  rule: ForRule,
): Expression | { readonly problems: readonly ConditionProblem[] } {
  let parsed: ParseResult;
  try {
    parsed = environment.parse(source);
  } catch (error) {
    return { problems: [problemOf(error)] };
  }
  const { ast } = parsed;
  const syntax = checkSyntax(ast, source, rule.reading);
  if (syntax.problems.length > 0) return syntax;
  const { valid, type, error } = parsed.check();
  if (!valid) return { problems: [problemOf(error)] };
  if (type !== 'bool') return { problems: [notBool(type)] };
  const types = checkTypes(ast);
  const { cost, problems } = costOf(ast);
  if (types.problems.length + problems.length > 0) return { problems: [...types.problems, ...problems] };
  const args: Reading = {
    reads: readsOf(ast),
    expected: expectedOf(ast),
    depthMax: types.comparesUnknowns ? depthMax.comparingUnknowns : depthMax.usually,
  };
  const lists = cost.keys.filter((key) => !key.startsWith('args')).map((key) => ({ key, path: key.split('/') }));
  const evaluation: Evaluation = { parsed, rule, cost, lists, reads: syntax.reads, args };
  return { reads: syntax.reads, judge: (input) => evaluate(evaluation, input) };
}

function notBool(type: string | undefined): ConditionProblem {
  const advice = type === 'dyn' ? 'compare it: args.flag == true' : 'it must say yes or no';
  return {
    at: 0,
    message: `the expression is ${type === 'dyn' ? 'of unknown type' : `of type ${type ?? ''}`}; ${advice}`,
  };
}

interface Evaluation {
  readonly parsed: ParseResult;
  readonly rule: ForRule;
  readonly cost: Cost;
  /** What is measured and is not of the arguments. */
  readonly lists: readonly { readonly key: string; readonly path: readonly string[] }[];
  readonly reads: ReadonlySet<VariableName>;
  readonly args: Reading;
}

function evaluate({ parsed, rule, cost, lists, reads, args }: Evaluation, input: JudgeInput): Finding {
  const { stackTraceLimit } = Error;
  try {
    const sizes = new Map<string, Size>();
    const context: Record<string, unknown> = {};
    for (const name of reads) {
      context[name] = name === 'args' ? project(input.args, args, sizes) : valueOf(name, input, rule.decision);
    }
    for (const { key, path } of lists) sizes.set(key, measure(lookUp(context, path)));
    if (!isAffordable(cost, sizes)) return doubts.tooLarge;
    // A loop makes an error for every item that it cannot ask, and nobody reads where from.
    Error.stackTraceLimit = 0;
    const result: unknown = parsed(context);
    return typeof result === 'boolean' ? result : doubts.unfit;
  } catch (error) {
    return error instanceof DoubtError ? error.doubt : doubts.unfit;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function lookUp(context: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let value: unknown = context;
  for (const name of path) value = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  return value;
}

function clausesOf(source: string, rule: ForRule): readonly Clause[] | undefined {
  const clauses: Clause[] = [];
  for (const part of conjunctsOf(environment.parse(source).ast)) {
    const text = textOf(source, part);
    const compiled = compileExpression(text, rule);
    if ('problems' in compiled) return undefined;
    clauses.push({ text: text.replace(/\s*\n\s*/g, ' '), judge: compiled.judge });
  }
  return clauses;
}
