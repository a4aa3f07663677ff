import type { Json } from '../../workflows/contract/call.ts';
import type { JudgedCall } from '../call.ts';

/** An entry has room for so many characters of each, however many rules apply. */
const ruleCharsMax = 4_096;
const shadowCharsMax = 2_048;

/** The rules that decided, as facts of a call. `moreRules`: some are left out. */
export function ruleFacts({ ruleIds }: JudgedCall['judgement']): Readonly<Record<string, Json>> {
  const { kept, more } = fitting(ruleIds, ruleCharsMax);
  return more ? { moreRules: true, ruleIds: kept } : { ruleIds: kept };
}

/** What rules in shadow mode would have decided. `moreShadow`: some are left out. */
export function shadowFacts(judgement: JudgedCall['judgement']): Readonly<Record<string, Json>> {
  if (!('shadow' in judgement) || judgement.shadow === undefined) return {};
  const told = judgement.shadow.map(({ ruleId, decision }) => ({ decision, ruleId }));
  const { kept, more } = fitting(told, shadowCharsMax);
  return more ? { moreShadow: true, shadow: kept } : { shadow: kept };
}

function fitting<T extends Json>(items: readonly T[], charsMax: number): { kept: readonly T[]; more: boolean } {
  let chars = 0;
  const end = items.findIndex((item) => (chars += JSON.stringify(item).length + 1) > charsMax);
  return end < 0 ? { kept: items, more: false } : { kept: items.slice(0, end), more: true };
}
