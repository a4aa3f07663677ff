import type { ApproverGroup } from '../../workflows/contract/approval.ts';
import type { ApprovalFile, claimNames, RuleFile } from '../config/schema.ts';
import { anyOf, compileGlob, type Glob } from './glob.ts';

/** Who must agree, by groups whose members are known. */
export interface ApprovalNeed {
  readonly groups: readonly ApproverGroup[];
  readonly quorum: number;
  readonly expiresAfterMs: number;
  readonly grantTtlMs: number;
}

/** One rule, ready to be asked. A matcher that is undefined fits everything. */
export interface Rule {
  readonly id: string;
  readonly decision: 'allow' | 'block' | 'require_approval';
  readonly reason: string | undefined;
  readonly connection: Glob | undefined;
  readonly method: Glob | undefined;
  readonly tool: Glob | undefined;
  readonly uri: Glob | undefined;
  readonly claims: readonly ClaimMatcher[];
  readonly args: readonly ArgumentMatcher[];
  readonly approval: ApprovalNeed | undefined;
}

export interface Policy {
  readonly rules: readonly Rule[];
  readonly defaultDecision: Rule['decision'];
  readonly defaultApproval: ApprovalNeed | undefined;
}

export interface ClaimMatcher {
  readonly claim: string;
  readonly quantifier: 'any' | 'all';
  readonly globs: readonly Glob[];
}

/** `test` says whether a value of the expected type fits; `undefined` that it cannot judge a value of this type. */
export interface ArgumentMatcher {
  readonly path: readonly string[];
  readonly test: (value: unknown) => boolean | undefined;
}

export function compileRule(file: RuleFile, approval: ApprovalNeed | undefined): Rule {
  const { match } = file;
  return {
    id: file.id,
    decision: file.decision,
    reason: file.reason,
    connection: compileGlobs(match.connection),
    method: compileGlobs(match.method),
    tool: compileGlobs(match.tool),
    uri: compileGlobs(match.uri),
    claims: Object.entries(match.claims ?? {}).map(([claim, matcher]) => compileClaim(claim, matcher)),
    args: Object.entries(match.args ?? {}).map(([path, matcher]) => compileArgument(path, matcher)),
    approval,
  };
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

/** `a*|b` and lists are alternatives. Names are compared as they are written: MCP names are case-sensitive. */
function compileGlobs(globs: string | readonly string[] | undefined): Glob | undefined {
  if (globs === undefined) return undefined;
  const patterns = (typeof globs === 'string' ? [globs] : globs).flatMap((glob) => glob.split('|'));
  return anyOf(patterns.map((pattern) => compileGlob(pattern.trim(), false)));
}

function compileClaim(claim: string, matcher: RuleClaim): ClaimMatcher {
  if (typeof matcher === 'string') return { claim, quantifier: 'any', globs: [compileGlob(matcher, false)] };
  if ('any' in matcher) return { claim, quantifier: 'any', globs: matcher.any.map((glob) => compileGlob(glob, false)) };
  return { claim, quantifier: 'all', globs: matcher.all.map((glob) => compileGlob(glob, false)) };
}

type RuleClaim = NonNullable<NonNullable<RuleFile['match']['claims']>[(typeof claimNames)[number]]>;
type RuleArgument = NonNullable<RuleFile['match']['args']>[string];

/** Text of arguments is compared without case: `DROP` and `drop` mean the same to what reads them. */
function compileArgument(path: string, matcher: RuleArgument): ArgumentMatcher {
  return { path: pathOf(path), test: compileArgumentTest(matcher) };
}

function compileArgumentTest(matcher: RuleArgument): ArgumentMatcher['test'] {
  if (typeof matcher === 'number' || typeof matcher === 'boolean') {
    return (value) => (typeof value === typeof matcher ? value === matcher : undefined);
  }
  if (typeof matcher === 'string') return onText(compileGlob(matcher, true));
  if ('any' in matcher) return onText(anyOf(matcher.any.map((glob) => compileGlob(glob, true))));
  if ('exists' in matcher) return (value) => (value !== undefined) === matcher.exists;
  const unwanted = compileGlob(matcher.not, true);
  return onText((text) => !unwanted(text));
}

function onText(glob: Glob): ArgumentMatcher['test'] {
  return (value) => (typeof value === 'string' ? glob(value) : undefined);
}

/** JSON pointer (RFC 6901), or names joined by dots. */
function pathOf(path: string): readonly string[] {
  if (!path.startsWith('/')) return path.split('.');
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
