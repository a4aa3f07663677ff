import type { ForwardResult } from '../../workflows/contract/recording.ts';
import type { RecordedCall } from '../call.ts';
import { definitionNow, type RecheckParts } from '../screen/pins/tool-recheck.ts';
import type { Executions } from './executions.ts';

export interface RefuseRunParts extends RecheckParts {
  readonly executions: Executions;
}

/** Why an approved call may not run now, or undefined when it may. Nothing of it has been sent. */
export async function refuseRun(
  parts: RefuseRunParts,
  call: RecordedCall,
  approvalId: string,
): Promise<ForwardResult | undefined> {
  const now = await definitionNow(parts, call);
  if (now.code === 'unlisted') return { code: 'unavailable', reason: now.reason };
  const reason = await parts.executions.refuseGrant(call, approvalId, now.digest);
  return reason === undefined ? undefined : { code: 'withheld', reason };
}
