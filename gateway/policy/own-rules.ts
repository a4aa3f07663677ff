import type { Json } from '../../workflows/contract/call.ts';
import type { RuleExplanation } from '../../workflows/contract/explanation.ts';
import { atLeastHold, type Judgement } from './judge.ts';
import type { JudgeInput } from './judge-input.ts';
import { describeAct } from './matchers/command.ts';
import type { Policy } from './rule.ts';
import { judgeMessage } from './targets.ts';

/** Ids in refusals, on cards and in the record that no rule of the policy has, but the gateway itself. */
export const OWN_PREFIX = 'countersign.';
const CHANGED_TOOL = 'countersign.tool-changed';
const UNREAD_COMMAND = 'countersign.command-unread';
export const DEFAULT = 'countersign.default';

/** Why the gateway itself holds a call that policy would let go. */
export interface OwnReason {
  readonly id: string;
  /** For the caller and the approver. */
  readonly reason: string;
  /** For explanations. */
  readonly clause: string;
}

/** PURE. What the gateway asks approval for, whatever the rules say. */
export function ownReasons({ command }: Pick<JudgeInput, 'command'>, toolChanged: boolean): readonly OwnReason[] {
  const unread = command?.acts.find(({ effects }) => effects.includes('unknown'));
  return [
    ...(unread === undefined
      ? []
      : [
          {
            id: UNREAD_COMMAND,
            reason: `What it would do cannot be told before it runs: ${unread.construct}.`,
            clause: `it holds ${describeAct(unread)}, and what that would do cannot be told before it runs`,
          },
        ]),
    ...(toolChanged
      ? [
          {
            id: CHANGED_TOOL,
            reason: 'The definition of this tool has changed, and nobody has accepted the new one yet.',
            clause: 'the definition of this tool has changed, and nobody has accepted the new one yet',
          },
        ]
      : []),
  ];
}

/** PURE. What policy and gateway make of a call to a tool whose definition is accepted. */
export function judgeAsked(policy: Policy, input: JudgeInput, params?: Json): Judgement {
  return withOwnReasons(policy, judgeMessage(policy, input, params), ownReasons(input, false));
}

/** PURE. The judgement, which is then to hold the call at least. */
export function withOwnReasons(policy: Policy, judgement: Judgement, reasons: readonly OwnReason[]): Judgement {
  return reasons.reduce((judged, { id, reason }) => atLeastHold(policy, judged, id, reason), judgement);
}

/** PURE. */
export function explainOwnReason({ id, clause }: OwnReason): RuleExplanation {
  return { id, decision: 'require_approval', fitting: [clause] };
}

/** PURE. The default of the policy, as it decides about a call that no rule speaks of. */
export function explainDefault({ defaultDecision }: Policy): RuleExplanation {
  return { id: DEFAULT, decision: defaultDecision, fitting: ['no rule applies, so the default of the policy decides'] };
}
