import type { RuleExplanation } from '../../workflows/contract/explanation.ts';
import { closedAnywhere, closedClasses, type Closed } from './data-classes.ts';
import { byId, withShadow, type Judgement } from './judge.ts';
import type { JudgeInput } from './judge-input.ts';
import { isHousekeeping } from './methods.ts';
import { applies, type Policy, type Rule } from './rule.ts';
import { rulesFor } from './rule-index.ts';

/** The gateway's own words for rules of this kind, before the name of the class. */
const DATA_CLASS = 'countersign.data-class';

/** PURE. What of a judgement is told of data classes. */
export function explainClasses({ ruleIds }: Judgement): readonly RuleExplanation[] {
  const prefix = `${DATA_CLASS}.`;
  return ruleIds
    .filter((id) => id.startsWith(prefix))
    .map((id) => {
      const what = `the answer holds ${id.slice(prefix.length)} data, which its caller may not see, or not for this purpose`;
      return { id, decision: 'block', fitting: [what] };
    });
}

/** Who wants a purpose, and of which kind. */
interface Want {
  readonly id: string;
  readonly codes: readonly string[] | undefined;
  readonly reason: string | undefined;
}

/**
 * PURE. What rules and data classes make of a call beyond whether it may be made: one that does not say why, where that
 * is asked, is refused before anybody is asked for an approval; so is one whose answer is not for its caller's eyes.
 * Else `masks` has the fields that the answer loses.
 */
export function guardPrivacy(policy: Policy, input: JudgeInput, judgement: Judgement): Judgement {
  if (judgement.verdict === 'block' || isHousekeeping(input.method)) return judgement;
  const rules = rulesFor(privateRules(policy.rules), input)
    .filter((rule) => applies(rule, input))
    .toSorted(byId);
  const closed = policy.dataClasses === undefined ? [] : closedClasses(policy.dataClasses, input);
  const shut = closed.filter(isShutFor);
  const { shadow } = judgement;
  if (shut.length > 0) {
    const reason = shut.map(refusalOf).join(' ');
    return withShadow({ verdict: 'block', ruleIds: shut.map(idOf), reason }, shadow);
  }
  const wants = [...rules.flatMap((rule) => wantOfRule(rule, input)), ...closed.flatMap(wantOfClass)];
  if (wants.length > 0) return withShadow(lacking(wants, input), shadow);
  return withMasks(judgement, masksOf(rules, closed));
}

/**
 * PURE. The fields that a caller may not see in what belongs to no call of its own, such as a session's stream or the
 * result of a task: whatever any rule or class could mask for it on the connection.
 */
export function widestMasks(
  policy: Policy,
  who: Pick<JudgeInput, 'connection' | 'caller' | 'purpose'>,
): readonly string[] {
  const input: JudgeInput = { ...who, method: 'tools/call', args: undefined, at: new Date(0) };
  const rules = privateRules(policy.rules).filter(({ matchers }) => {
    return matchers.every(({ name, fits }) => (name !== 'connection' && !name.startsWith('claims.')) || fits(input));
  });
  const closed = policy.dataClasses === undefined ? [] : closedAnywhere(policy.dataClasses, input);
  return masksOf(rules, closed);
}

/** PURE. Whether a caller may never see what a call returns, whatever it is for. */
export function isShut({ dataClasses }: Policy, input: JudgeInput): boolean {
  return dataClasses !== undefined && closedClasses(dataClasses, input).some(isShutFor);
}

function isShutFor({ otherwise, opensFor }: Closed): boolean {
  return otherwise === 'block' && opensFor === undefined;
}

/** PURE. Whether two callers may read different things in the same answer of a connection: no cache may share it. */
export function isPersonal(policy: Policy, connection: string): boolean {
  if (policy.dataClasses?.has(connection) === true) return true;
  return privateRules(policy.rules).some(
    (rule) => rule.masks.length > 0 && (rule.connection === undefined || rule.connection(connection)),
  );
}

/** Few rules mask or want a purpose, and only those are asked a second time; none of those that decide nothing. */
const known = new WeakMap<readonly Rule[], readonly Rule[]>();

function privateRules(rules: readonly Rule[]): readonly Rule[] {
  const found =
    known.get(rules) ??
    rules.filter(({ masks, purpose, shadow }) => !shadow && (masks.length > 0 || purpose !== undefined));
  known.set(rules, found);
  return found;
}

function wantOfRule({ id, purpose: wanted, reason }: Rule, { purpose }: JudgeInput): Want[] {
  if (wanted === undefined) return [];
  const codes = wanted === 'required' ? undefined : wanted.codes;
  const isMet = purpose !== undefined && (codes === undefined || codes.includes(purpose.code ?? ''));
  return isMet ? [] : [{ id, codes, reason }];
}

function wantOfClass(closed: Closed): Want[] {
  if (closed.otherwise !== 'block') return [];
  return [{ id: idOf(closed), codes: closed.opensFor, reason: `It returns ${closed.name} data.` }];
}

/** Whoever wants codes wants one that all of them take. */
function lacking(wants: readonly Want[], { purpose }: JudgeInput): Judgement {
  const ruleIds = wants.map(({ id }) => id).toSorted();
  const lists = wants.flatMap(({ codes }) => (codes === undefined ? [] : [codes]));
  const [first, ...others] = lists;
  const codes = first?.filter((code) => others.every((list) => list.includes(code)));
  const given = purpose === undefined ? 'It does not say why' : 'The purpose it gives is not one of those it is for';
  const reasons = [...new Set(wants.flatMap(({ reason }) => reason ?? []))];
  const reason = [...reasons, `${given}.`].join(' ');
  if (codes?.length === 0)
    return { verdict: 'block', ruleIds, reason: `${reason} No purpose would satisfy all rules.` };
  return { verdict: 'block', ruleIds, reason, lacks: codes === undefined ? {} : { codes } };
}

function masksOf(rules: readonly Rule[], closed: readonly Closed[]): readonly string[] {
  return [...new Set([...rules.flatMap(({ masks }) => masks), ...closed.flatMap(({ fields }) => fields)])].toSorted();
}

function withMasks<J extends Judgement>(judgement: J, masks: readonly string[]): J {
  return masks.length === 0 ? judgement : { ...judgement, masks };
}

function idOf({ name }: Closed): string {
  return `${DATA_CLASS}.${name}`;
}

function refusalOf({ name, groups }: Closed): string {
  return `It returns ${name} data, which only members of ${groups.join(', ')} may see.`;
}
