import type { ForwardResult } from '../../workflows/contract/recording.ts';
import type { RecordedCall } from '../call.ts';
import type { Config } from '../config/config.ts';
import { judgeCall } from '../policy/judge-call.ts';
import { isToolCall } from '../screen/pins/tool-pins.ts';
import { definitionNow, type RecheckParts } from '../screen/pins/tool-recheck.ts';
import { withMembers } from '../with-members.ts';
import type { Executions, SpentGrant } from './executions.ts';
import { judgeGrant, refusedByPolicy } from './judge-grant.ts';

export interface ClearRunParts extends RecheckParts {
  readonly executions: Executions;
  readonly config: () => Config;
  readonly now: () => Date;
}

/** A held call before it is judged by the policy in force. `judgement` is the one it was held by, while it is known. */
export type HeldCall = Omit<RecordedCall, 'judgement' | 'policyDigest'> & Partial<Pick<RecordedCall, 'judgement'>>;

/** An approved call may run now, by this judgement and over this connection; or why not, and then nothing was sent. */
export type Clearance =
  | { readonly cleared: true; readonly call: RecordedCall; readonly spent: SpentGrant }
  | { readonly cleared: false; readonly result: ForwardResult };

/**
 * Judges an approved call once more before it runs, however its caller waits: by what its server says of the tool now,
 * by who has approved it, and by the policy in force at this moment, whose judgement joins that of the version under
 * which the case was opened. Nothing lies between the last judgement and the fence.
 */
export async function clearRun(parts: ClearRunParts, held: HeldCall, approvalId: string): Promise<Clearance> {
  for (;;) {
    const config = parts.config();
    const first = judgeNow(config, await withKnownTool(parts, held), parts.now());
    // Whoever is blocked makes no server list its tools.
    if (first.judgement.verdict === 'block') return refuse(refusedByPolicy('blocked', first, first.judgement.reason));
    const definition = await definitionNow(parts, first);
    if (definition.code === 'unlisted') return refuse({ code: 'unavailable', reason: definition.reason });
    const { pin, digest } = definition;
    const grant = await parts.executions.readGrant(first, approvalId, digest);
    if ('refused' in grant) return refuse({ code: 'withheld', reason: grant.refused });
    // A version that came meanwhile may have the connection lead elsewhere.
    if (parts.config() !== config) continue;
    const now = parts.now();
    const call = judgeNow(config, pin === undefined ? held : withMembers(held, { pin }), now);
    const refusal = judgeGrant(grant, call, config.approvers, now);
    if (refusal !== undefined) return refuse(refusal);
    const { policyDigest } = call;
    return {
      cleared: true,
      call: withMasksOf([...masksOf(held), ...(grant.request.masks ?? [])], call),
      spent: { approvalId, openedUnder: grant.request.policyDigest, policyDigest },
    };
  }
}

/** A task was sealed without what was known of its tool, and rules may ask for that. */
async function withKnownTool({ pins }: ClearRunParts, held: HeldCall): Promise<HeldCall> {
  if (held.pin !== undefined || !isToolCall(held)) return held;
  const pin = (await pins.of(held.connection.name)).pins.get(held.tool ?? '');
  return pin === undefined ? held : withMembers(held, { pin });
}

function judgeNow(config: Config, held: HeldCall, now: Date): RecordedCall {
  const { id, entry } = held;
  return withMembers(judgeCall(config, held, now), { id, entry });
}

function masksOf({ judgement }: HeldCall): readonly string[] {
  return (judgement !== undefined && 'masks' in judgement ? judgement.masks : undefined) ?? [];
}

/** An answer loses what either version hides of it, as its approvers were told; a task keeps no judgement of its own. */
function withMasksOf(hidden: readonly string[], call: RecordedCall): RecordedCall {
  const { judgement } = call;
  if (hidden.length === 0 || (judgement.verdict !== 'allow' && judgement.verdict !== 'hold')) return call;
  const masks = [...new Set([...hidden, ...(judgement.masks ?? [])])];
  return withMembers(call, { judgement: { ...judgement, masks } });
}

function refuse(result: ForwardResult): Clearance {
  return { cleared: false, result };
}
