import type { Json } from '../../workflows/contract/call.ts';
import type { JudgedCall } from '../call.ts';

/** An entry has room for so many characters of them. */
const shadowCharsMax = 2_048;

/** What rules in shadow mode would have decided, as facts of a call. `moreShadow`: some are left out. */
export function shadowFacts(judgement: JudgedCall['judgement']): Readonly<Record<string, Json>> {
  if (!('shadow' in judgement) || judgement.shadow === undefined) return {};
  const shadow: Json[] = [];
  let chars = 0;
  for (const { ruleId, decision } of judgement.shadow) {
    const told = { decision, ruleId };
    chars += JSON.stringify(told).length;
    if (chars > shadowCharsMax) return { moreShadow: true, shadow };
    shadow.push(told);
  }
  return { shadow };
}
