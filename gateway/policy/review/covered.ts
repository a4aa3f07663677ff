import type { Problem } from '../../config/problems.ts';
import type { RuleFile } from '../../config/rule-schema.ts';
import { alternativesOf } from '../matchers/matcher.ts';
import { rulesFor } from '../rule-index.ts';
import type { Decision } from '../../config/rule-schema.ts';
import type { ApprovalNeed, Policy } from '../rule.ts';
import { systemsOf } from './command-sets.ts';
import type { ReviewedRule } from './reviewed-rules.ts';
import { coversScope, type Texts } from './scope.ts';

const strictness: Readonly<Record<Decision, number>> = { allow: 0, require_approval: 1, block: 2 };
/** What a rule says beside its decision. Whatever else it says has an effect of its own. */
const ofTheDecision = new Set(['id', 'description', 'match', 'when', 'decision', 'reason', 'approval', 'mode']);

/** Rules that no name tells apart are compared two by two, until so many pairs: that takes about a second. */
const pairsMax = 20_000;

/** A rule that allows reads `get*` to the letter, and one that restricts does not take an accent for part of the `t`. */
export const beyondAscii = ', names beyond ASCII apart';

/**
 * PURE. Rules without which every call would be judged as it is: all that they speak of, another rule decides as strictly
 * or more so. What is said here is certain.
 */
export function coveredRules(
  rules: readonly ReviewedRule[],
  policy: Policy,
  connections: readonly string[],
): Problem[] {
  const known = new Map(rules.filter(isInForce).map((reviewed, place) => [reviewed.rule, { reviewed, place }]));
  let pairs = 0;
  const coverOf = (inner: ReviewedRule, place: number, texts: Texts): ReviewedRule | undefined =>
    rulesFor(policy.rules, exampleOf(inner, connections))
      .flatMap((rule) => known.get(rule) ?? [])
      .find(({ reviewed: other, place: otherPlace }) => {
        pairs += 1;
        if (other === inner || pairs > pairsMax || !isCovered(inner, other, policy, texts)) return false;
        // Of two that say the same, the second is the one too many.
        return otherPlace < place || !isCovered(other, inner, policy, texts);
      })?.reviewed;
  let toldOfRest = false;
  return [...known.values()].flatMap(({ reviewed: inner, place }) => {
    if (pairs > pairsMax) {
      if (toldOfRest) return [];
      toldOfRest = true;
      return [
        inner.at(
          ['id'],
          `from rule ${inner.file.id} on, rules are not compared: too many have no name to tell them apart`,
        ),
      ];
    }
    const outer = coverOf(inner, place, 'all');
    if (outer !== undefined) return [inner.at(['id'], sentenceOf(inner, outer))];
    const nearly = coverOf(inner, place, 'ascii');
    return nearly === undefined ? [] : [inner.at(['id'], `${sentenceOf(inner, nearly)}${beyondAscii}`)];
  });
}

function isCovered(inner: ReviewedRule, outer: ReviewedRule, policy: Policy, texts: Texts): boolean {
  return mayCover(outer, inner, policy) && coversScope(outer.scope, inner.scope, texts);
}

/** A call of which a rule speaks, as far as its names go: whatever covers the rule speaks of it as well. */
function exampleOf({ file: { match }, scope }: ReviewedRule, connections: readonly string[]) {
  const [connection = ''] = scope.connections ?? connections;
  const [tool] = match.tool === undefined ? [] : alternativesOf(match.tool).map(exampleText);
  const wanted = match.claims?.groups ?? [];
  const groups =
    typeof wanted === 'string'
      ? [wanted]
      : 'any' in wanted
        ? wanted.any.slice(0, 1)
        : 'all' in wanted
          ? wanted.all
          : [];
  const caller = { issuer: '', subject: '', actors: [], groups: groups.map(exampleText) };
  return { connection, caller, ...(tool === undefined ? {} : { tool }) };
}

function exampleText(glob: string): string {
  return glob.replaceAll('*', '').replaceAll('?', 'x');
}

function isInForce({ rule }: ReviewedRule): boolean {
  return !rule.shadow;
}

/** Whether `outer` decides whatever both speak of, and `inner` adds nothing to it. */
function mayCover(
  { file: outer, rule }: ReviewedRule,
  { file: inner, rule: narrow }: ReviewedRule,
  policy: Policy,
): boolean {
  const difference = strictness[outer.decision] - strictness[inner.decision];
  if (difference < 0) return false;
  if (outer.decision !== 'block' && Object.keys(inner).some((key) => addsTo(inner, outer, key))) return false;
  if (difference > 0) return true;
  if (outer.decision !== 'allow' && saysMore(inner, outer)) return false;
  return outer.decision !== 'require_approval' || asksForAsMuch(needOf(rule), needOf(narrow));

  function needOf({ approval }: ReviewedRule['rule']): ApprovalNeed | undefined {
    return approval ?? policy.defaultApproval;
  }
}

/** Its own words, or what it finds in a command, are told to the caller. */
function saysMore(inner: RuleFile, outer: RuleFile): boolean {
  if (inner.reason !== undefined && inner.reason !== outer.reason) return true;
  return systemsOf(inner).some((system) => JSON.stringify(inner.match[system]) !== JSON.stringify(outer.match[system]));
}

function addsTo(inner: object, outer: object, key: string): boolean {
  const [said, beside] = [inner, outer].map((rule) => (rule as Readonly<Record<string, unknown>>)[key]);
  return said !== undefined && !ofTheDecision.has(key) && JSON.stringify(said) !== JSON.stringify(beside);
}

function asksForAsMuch(outer: ApprovalNeed | undefined, inner: ApprovalNeed | undefined): boolean {
  if (outer === undefined || inner === undefined) return false;
  const groups = new Set(outer.groups.map(({ name }) => name));
  return (
    outer.quorum >= inner.quorum &&
    outer.expiresAfterMs <= inner.expiresAfterMs &&
    outer.grantTtlMs <= inner.grantTtlMs &&
    inner.groups.every(({ name }) => groups.has(name))
  );
}

function sentenceOf({ file: inner }: ReviewedRule, { file: outer }: ReviewedRule): string {
  const all = `rule ${outer.id} speaks of all that this one does`;
  if (outer.decision === inner.decision) {
    return `rule ${inner.id} changes nothing: ${all}, and decides the same`;
  }
  const what = inner.decision === 'allow' ? 'allows anything' : 'asks for an approval';
  const how = outer.decision === 'block' ? 'blocks it' : 'requires an approval for it';
  return `rule ${inner.id} never ${what}: ${all}, and ${how}`;
}
