import type { ApproverGroup } from '../../workflows/contract/approval.ts';
import type { ApprovalFile, ClaimFile, Decision, RuleFile } from '../config/rule-schema.ts';
import { conditionMatchers } from './conditions/when.ts';
import type { PurposeNeedFile } from '../config/privacy-schema.ts';
import type { DataClasses } from './data-classes.ts';
import { compileGlobs, outlinesOf, type Glob } from './glob.ts';
import type { JudgeInput } from './judge-input.ts';
import { annotationMatchers } from './matchers/annotations.ts';
import { argumentMatchers } from './matchers/arguments.ts';
import { claimMatchers } from './matchers/claims.ts';
import { commandMatchers } from './matchers/command.ts';
import { delegationMatchers } from './matchers/delegated.ts';
import { alternativesOf, type ForRule, type Matcher } from './matchers/matcher.ts';
import { nameMatchers } from './matchers/names.ts';
import { timeMatchers } from './matchers/time.ts';
import { purposeMatchers } from './matchers/purpose.ts';

/** Who must agree, by groups whose members are known. */
export interface ApprovalNeed {
  readonly groups: readonly ApproverGroup[];
  readonly quorum: number;
  readonly expiresAfterMs: number;
  readonly grantTtlMs: number;
}

/**
 * One rule, ready to be asked. It applies when all of its matchers fit.
 *
 * A rule that restricts reads generously and one that allows reads to the letter (see {@link Reading}), so that neither
 * case nor a strange spelling gets a call past a block or into an allowance.
 */
export interface Rule {
  readonly id: string;
  readonly decision: Decision;
  /** It is watched and decides nothing. */
  readonly shadow: boolean;
  readonly reason: string | undefined;
  /** Which connections it can speak of; undefined: all. One of its matchers asks the same. */
  readonly connection: Glob | undefined;
  readonly matchers: readonly Matcher[];
  readonly approval: ApprovalNeed | undefined;
  /** Where a call that it allows is recorded. A workflow is in addition to the ledger. */
  readonly recordIn: 'ledger' | 'workflow';
  readonly narrowed: NarrowedTo;
  /** Fields that answers lose, as globs. */
  readonly masks: readonly string[];
  /** What a call must say of why it is made. */
  readonly purpose: PurposeNeedFile | undefined;
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
  readonly defaultDecision: Decision;
  readonly defaultApproval: ApprovalNeed | undefined;
  readonly dataClasses?: DataClasses;
}

/** PURE. Whether a rule speaks of a call. */
export function applies({ matchers }: Rule, input: JudgeInput): boolean {
  return matchers.every((matcher) => matcher.fits(input));
}

export function compileRule(file: RuleFile, approval: ApprovalNeed | undefined): Rule {
  const { match } = file;
  const rule: ForRule = { decision: file.decision, reading: file.decision === 'allow' ? 'exact' : 'generous' };
  return {
    id: file.id,
    decision: file.decision,
    shadow: file.mode === 'shadow',
    reason: file.reason,
    connection:
      match.connection === undefined ? undefined : compileGlobs(alternativesOf(match.connection), rule.reading),
    matchers: [
      ...nameMatchers(match, rule),
      ...claimMatchers(match, rule),
      ...delegationMatchers(match),
      ...annotationMatchers(match, rule),
      ...timeMatchers(match, rule),
      ...argumentMatchers(match, rule),
      ...commandMatchers(match, rule),
      ...conditionMatchers(file.when, rule),
      ...purposeMatchers(match),
    ],
    approval,
    recordIn: file.record ?? 'ledger',
    masks: file.mask?.fields ?? [],
    purpose: file.purpose,
    narrowed: {
      connections: match.connection === undefined ? undefined : outlinesOf(alternativesOf(match.connection)),
      tools: toolsOf(match),
      groups: match.claims?.groups === undefined ? undefined : groupsOf(match.claims.groups),
    },
  };
}

/** Both ask about the one name that a call has. */
function toolsOf({ tool, prompt }: RuleFile['match']): readonly string[] | undefined {
  const names = tool ?? prompt;
  return names === undefined ? undefined : outlinesOf(alternativesOf(names));
}

/** Who must be in all of several groups is in each, so the outlines of any one will do. */
function groupsOf(matcher: ClaimFile): readonly string[] | undefined {
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
