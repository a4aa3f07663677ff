import { explainRule } from '../explain.ts';
import { DEFAULT, judgeAsked } from '../own-rules.ts';
import type { Judgement } from '../judge.ts';
import type { JudgeInput } from '../judge-input.ts';
import type { Decision } from '../../config/rule-schema.ts';
import type { Policy } from '../rule.ts';
import type { Expected } from './test-schema.ts';

const decisions: Readonly<Record<Judgement['verdict'], Decision>> = {
  allow: 'allow',
  block: 'block',
  hold: 'require_approval',
};

/** PURE. Undefined: the call comes to what is expected. Else what was expected and what came instead, and why. */
export function failureOf(policy: Policy, input: JudgeInput, expected: Expected): string | undefined {
  const judgement = judgeAsked(policy, input);
  if (meets(judgement, expected)) return undefined;
  const { rule } = expected;
  const why = [
    ...judgement.ruleIds.filter((id) => id !== rule).map((id) => fitting(policy, input, id)),
    ...(rule === undefined || decides(rule, judgement) ? [] : [missing(policy, input, rule)]),
  ].filter((sentence) => sentence !== undefined);
  return [`expected ${wordsOf(expected)}, and it comes to ${cameTo(judgement, expected)}.`, ...why].join(' ');
}

function meets(judgement: Judgement, { decision, rule, quorum, groups, reason }: Expected): boolean {
  if (decisions[judgement.verdict] !== decision) return false;
  if (rule !== undefined && !decides(rule, judgement)) return false;
  if (reason !== undefined && !reasonOf(judgement).includes(reason)) return false;
  const approval = judgement.verdict === 'hold' ? judgement.approval : undefined;
  if (quorum !== undefined && approval?.quorum !== quorum) return false;
  return groups === undefined || sorted(groups) === sorted(approval?.groups.map(({ name }) => name) ?? []);
}

/** The default has no rule, and an id of the gateway's own where explanations name it. */
function decides(rule: string, { ruleIds }: Judgement): boolean {
  return rule === DEFAULT ? ruleIds.length === 0 : ruleIds.includes(rule);
}

function wordsOf({ decision, rule, quorum, groups, reason }: Expected): string {
  return [
    decision,
    ...(rule === undefined ? [] : [`by ${rule}`]),
    ...(quorum === undefined ? [] : [`with a quorum of ${quorum}`]),
    ...(groups === undefined ? [] : [`of ${sorted(groups)}`]),
    ...(reason === undefined ? [] : [`with the reason "${reason}"`]),
  ].join(' ');
}

/** In the words of what is expected, so that the difference shows. */
function cameTo(judgement: Judgement, expected: Expected): string {
  const { verdict, ruleIds } = judgement;
  const approval = verdict === 'hold' ? judgement.approval : undefined;
  return [
    decisions[verdict],
    ruleIds.length === 0 ? 'by default, since no rule applies' : `by ${ruleIds.join(', ')}`,
    ...(approval === undefined || expected.quorum === undefined ? [] : [`with a quorum of ${approval.quorum}`]),
    ...(approval === undefined || expected.groups === undefined
      ? []
      : [`of ${sorted(approval.groups.map(({ name }) => name))}`]),
    ...(expected.reason === undefined ? [] : [`with the reason "${reasonOf(judgement)}"`]),
  ].join(' ');
}

function fitting(policy: Policy, input: JudgeInput, id: string): string | undefined {
  const rule = policy.rules.find((one) => one.id === id);
  return rule && `Rule ${id} applies: ${explainRule(rule, input).fitting.join('; ')}.`;
}

function missing(policy: Policy, input: JudgeInput, id: string): string | undefined {
  const rule = policy.rules.find((one) => one.id === id);
  if (id === DEFAULT) return undefined;
  if (rule === undefined) return `There is no rule ${id}.`;
  const { mismatch } = explainRule(rule, input);
  return mismatch === undefined
    ? `Rule ${id} applies, and a stricter one decides.`
    : `Rule ${id} does not apply: ${mismatch}.`;
}

function reasonOf(judgement: Judgement): string {
  return ('reason' in judgement ? judgement.reason : undefined) ?? '';
}

function sorted(names: readonly string[]): string {
  return names.toSorted().join(' and ');
}
