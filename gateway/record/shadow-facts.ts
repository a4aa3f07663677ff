import type { Json } from '../../workflows/contract/call.ts';
import type { JudgedCall } from '../call.ts';

/** An entry has room for the first of them. */
const shadowMax = 50;

/** What rules in shadow mode would have decided, as facts of the call. */
export function shadowFacts(judgement: JudgedCall['judgement']): { readonly [key: string]: Json } {
  if (!('shadow' in judgement) || judgement.shadow === undefined) return {};
  const shadow = judgement.shadow.slice(0, shadowMax).map(({ ruleId, decision }) => ({ decision, ruleId }));
  return { shadow };
}
