import type { Caller, Json } from '../../workflows/contract/call.ts';
import { isOperation } from './methods.ts';
import type { ArgumentMatcher, ClaimMatcher, Rule } from './rule.ts';

/** What is judged: one call, and who makes it. */
export interface JudgeInput {
  readonly connection: string;
  readonly method: string;
  /** Tool or prompt name. */
  readonly tool?: string;
  readonly uri?: string;
  readonly caller: Caller;
  readonly args: Json | undefined;
}

/** PURE. The first matcher of a rule that a call does not fit, in words without values of arguments; else undefined. */
export function firstMismatch(rule: Rule, input: JudgeInput): string | undefined {
  if (rule.connection?.(input.connection) === false) return `the connection is ${input.connection}`;
  if (!speaksOfMethod(rule, input)) return `the method is ${input.method}`;
  if (rule.tool !== undefined && (input.tool === undefined || !rule.tool(input.tool))) {
    return input.tool === undefined ? 'the call names no tool' : `the tool is ${input.tool}`;
  }
  if (rule.uri !== undefined && !settle(rule.uri(input.uri), rule)) return 'the uri does not fit';
  const claim = rule.claims.find((matcher) => !claimFits(matcher, claimsOf(input.caller, rule)));
  if (claim !== undefined) return `claim ${claim.claim} does not fit`;
  const argument = rule.args.find(({ path, test }) => !settle(test(valueAt(input.args, path)), rule));
  return argument === undefined ? undefined : describeArgument(argument, input.args);
}

/** What cannot be judged restricts, and never allows. */
function settle(fits: boolean | undefined, rule: Rule): boolean {
  return fits ?? rule.decision !== 'allow';
}

/**
 * A rule with `tool` and no `method` speaks of tool calls. One with neither speaks of the known operations if it allows,
 * and of everything if it restricts: whoever freezes a connection means methods nobody has heard of as well.
 */
function speaksOfMethod(rule: Rule, { method }: JudgeInput): boolean {
  if (rule.method !== undefined) return rule.method(method);
  if (rule.tool !== undefined) return method === 'tools/call';
  if (rule.decision !== 'allow') return true;
  if (rule.uri !== undefined) return isOperation(method) && method.startsWith('resources/');
  return isOperation(method);
}

/** Whoever acted before the present actor may restrict a call, and never allows one (RFC 8693 section 4.1). */
function claimsOf(caller: Caller, { decision }: Rule): Caller {
  return decision === 'allow' ? { ...caller, actors: caller.actors.slice(0, 1) } : caller;
}

function claimFits({ claim, quantifier, globs }: ClaimMatcher, caller: Caller): boolean {
  const values = claimValues(claim, caller);
  const held = (glob: (text: string) => boolean): boolean => values.some((value) => glob(value));
  return quantifier === 'any' ? globs.some(held) : globs.every(held);
}

function claimValues(claim: string, caller: Caller): readonly string[] {
  switch (claim) {
    case 'groups':
      return caller.groups;
    case 'actors':
      return caller.actors;
    case 'subject':
      return [caller.subject];
    case 'issuer':
      return [caller.issuer];
    case 'owner':
      return caller.owner === undefined ? [] : [caller.owner];
    case 'email':
      return caller.email === undefined ? [] : [caller.email];
    default:
      return [];
  }
}

function describeArgument({ path }: ArgumentMatcher, args: Json | undefined): string {
  const is = valueAt(args, path) === undefined ? 'is absent' : 'does not fit';
  return `argument /${path.join('/')} ${is}`;
}

function valueAt(args: Json | undefined, path: readonly string[]): unknown {
  let value: unknown = args;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
