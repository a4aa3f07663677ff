import type { ApproverGroup } from '../../workflows/contract/approval.ts';
import type { ApprovalFile, claimNames, RuleFile } from '../config/schema.ts';
import { compileGlobs, outlinesOf, type Glob, type Reading } from './glob.ts';
import { isPlainPath } from './plain-path.ts';

/** Who must agree, by groups whose members are known. */
export interface ApprovalNeed {
  readonly groups: readonly ApproverGroup[];
  readonly quorum: number;
  readonly expiresAfterMs: number;
  readonly grantTtlMs: number;
}

/**
 * One rule, ready to be asked. A matcher that is undefined fits everything.
 *
 * A rule that restricts reads generously and one that allows reads to the letter (see {@link Reading}), so that neither
 * case nor a strange spelling gets a call past a block or into an allowance. Emails are compared generously by both.
 * What a matcher excludes (`not`) is read the other way round, for the same reason.
 */
export interface Rule {
  readonly id: string;
  readonly decision: 'allow' | 'block' | 'require_approval';
  readonly reason: string | undefined;
  readonly connection: Glob | undefined;
  readonly method: Glob | undefined;
  readonly tool: Glob | undefined;
  readonly uri: Test | undefined;
  readonly claims: readonly ClaimMatcher[];
  readonly args: readonly ArgumentMatcher[];
  readonly approval: ApprovalNeed | undefined;
  /** Where a call that it allows is recorded. A workflow is in addition to the ledger. */
  readonly recordIn: 'ledger' | 'workflow';
  readonly narrowed: NarrowedTo;
}

/**
 * What a call must have for a rule to fit it, as outlines of texts (see {@link outlinesOf}): the rule need not be asked
 * about any other call. Undefined: anything.
 */
export interface NarrowedTo {
  readonly connections: readonly string[] | undefined;
  readonly tools: readonly string[] | undefined;
  /** The caller is in one of these. */
  readonly groups: readonly string[] | undefined;
}

export interface Policy {
  readonly rules: readonly Rule[];
  readonly defaultDecision: Rule['decision'];
  readonly defaultApproval: ApprovalNeed | undefined;
}

/**
 * Whether a value fits. `undefined`: it cannot be judged, because it is of another type than the rule speaks of or is a
 * path in disguise; a rule that restricts then matches, and one that allows does not.
 */
export type Test = (value: unknown) => boolean | undefined;

export interface ClaimMatcher {
  readonly claim: string;
  /** `any`: one of the globs fits one of the caller's values. `all`: each of the globs does. */
  readonly quantifier: 'any' | 'all';
  readonly globs: readonly Glob[];
}

export interface ArgumentMatcher {
  readonly path: readonly string[];
  readonly test: Test;
}

export function compileRule(file: RuleFile, approval: ApprovalNeed | undefined): Rule {
  const { match } = file;
  const reading: Reading = file.decision === 'allow' ? 'exact' : 'generous';
  const names = (globs: string | readonly string[] | undefined): Glob | undefined =>
    globs === undefined ? undefined : compileGlobs(alternativesOf(globs), reading);
  return {
    id: file.id,
    decision: file.decision,
    reason: file.reason,
    connection: names(match.connection),
    method: names(match.method),
    tool: names(match.tool),
    uri: match.uri === undefined ? undefined : onPath(alternativesOf(match.uri), reading),
    claims: Object.entries(match.claims ?? {}).map(([claim, matcher]) => compileClaim(claim, matcher, reading)),
    args: Object.entries(match.args ?? {}).map(([path, matcher]) => compileArgument(path, matcher, reading)),
    approval,
    recordIn: file.record ?? 'ledger',
    narrowed: {
      connections: match.connection === undefined ? undefined : outlinesOf(alternativesOf(match.connection)),
      tools: match.tool === undefined ? undefined : outlinesOf(alternativesOf(match.tool)),
      groups: match.claims?.groups === undefined ? undefined : groupsOf(match.claims.groups),
    },
  };
}

/** Who must be in all of several groups is in each, so the outlines of any one will do. */
function groupsOf(matcher: RuleClaim): readonly string[] | undefined {
  if (typeof matcher === 'string') return outlinesOf([matcher]);
  if ('any' in matcher) return outlinesOf(matcher.any);
  return matcher.all.map((glob) => outlinesOf([glob])).find((outlines) => outlines !== undefined);
}

export function compileApproval(
  file: ApprovalFile,
  approvers: Readonly<Record<string, { readonly members: readonly string[] }>>,
): ApprovalNeed {
  return {
    groups: file.groups.map((name) => ({ name, members: approvers[name]?.members ?? [] })),
    quorum: file.quorum,
    expiresAfterMs: file.expires,
    grantTtlMs: file.grant,
  };
}

/** Lists and `a*|b` are alternatives in what a rule says of names and URIs. In arguments and claims, `|` means itself. */
export function alternativesOf(globs: string | readonly string[]): readonly string[] {
  return [globs].flat().flatMap((glob) => glob.split('|').map((part) => part.trim()));
}

type RuleClaim = NonNullable<NonNullable<RuleFile['match']['claims']>[(typeof claimNames)[number]]>;
type RuleArgument = NonNullable<RuleFile['match']['args']>[string];

function compileClaim(claim: string, matcher: RuleClaim, ruleReading: Reading): ClaimMatcher {
  const reading = claim === 'email' ? 'generous' : ruleReading;
  const one = (glob: string): Glob => compileGlobs([glob], reading);
  if (typeof matcher === 'string') return { claim, quantifier: 'any', globs: [one(matcher)] };
  if ('any' in matcher) return { claim, quantifier: 'any', globs: matcher.any.map(one) };
  return { claim, quantifier: 'all', globs: matcher.all.map(one) };
}

function compileArgument(path: string, matcher: RuleArgument, reading: Reading): ArgumentMatcher {
  return { path: pathOf(path), test: compileTest(matcher, reading) };
}

/** An absent value fits `exists: false` only; of what it is *not*, nothing can be said. */
function compileTest(matcher: RuleArgument, reading: Reading): Test {
  if (typeof matcher === 'number') return (value) => present(value) && (isExact(value) ? value === matcher : undefined);
  if (typeof matcher === 'boolean') {
    return (value) => present(value) && (typeof value === 'boolean' ? value === matcher : undefined);
  }
  if (typeof matcher === 'string') return onText([matcher], reading);
  if ('any' in matcher) return onText(matcher.any, reading);
  if ('exists' in matcher) return (value) => present(value) === matcher.exists;
  const unwanted = onText([matcher.not], reading === 'exact' ? 'generous' : 'exact');
  return (value) => {
    const fits = present(value) ? unwanted(value) : undefined;
    return fits === undefined ? undefined : !fits;
  };
}

function present(value: unknown): boolean {
  return value !== undefined;
}

/** An integer beyond 2^53 may have been another one on the wire. */
function isExact(value: unknown): value is number {
  return typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value));
}

/** A glob with a slash speaks of places, so it judges plain paths only. Without one, any text is just text. */
function onText(patterns: readonly string[], reading: Reading): Test {
  if (patterns.some((pattern) => pattern.includes('/'))) return onPath(patterns, reading);
  const fits = compileGlobs(patterns, reading);
  return (value) => present(value) && (typeof value === 'string' ? fits(value) : undefined);
}

function onPath(patterns: readonly string[], reading: Reading): Test {
  const fits = compileGlobs(patterns, reading);
  return (value) => {
    if (typeof value !== 'string') return present(value) && undefined;
    return patterns.includes(value) || (isPlainPath(value) ? fits(value) : undefined);
  };
}

/** JSON pointer (RFC 6901), or names joined by dots. */
function pathOf(path: string): readonly string[] {
  if (!path.startsWith('/')) return path.split('.');
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
