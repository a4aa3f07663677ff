import type { RecordingRequest } from '../../../workflows/contract/recording.ts';
import type { Config } from '../../config/config.ts';
import { connectionOf } from '../../config/derived.ts';
import type { HeldCall } from '../clear-run.ts';
import type { Fence } from '../executions.ts';
import { openCall } from './seal.ts';
import type { Tasks } from './tasks.ts';

export interface TaskRunParts {
  readonly tasks: Tasks;
  readonly config: () => Config;
}

/** A task's call, opened; or why it may not run. `taken_back`: it does not wait any more. */
export type TaskRun =
  | { readonly kind: 'call'; readonly call: HeldCall; readonly fence: Fence }
  | { readonly kind: 'taken_back' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Opens the sealed call of an approved task, which is judged again before it runs. */
export async function openTaskRun({ tasks, config }: TaskRunParts, recording: RecordingRequest): Promise<TaskRun> {
  const { callId, attempt = 1 } = recording;
  const task = await tasks.toRun(callId);
  if (task === undefined) return { kind: 'taken_back' };
  const connection = connectionOf(config(), task.connection);
  if (connection === undefined) return { kind: 'refused', reason: 'its connection is not configured any more' };
  let opened;
  try {
    opened = openCall(tasks.parts.key, task, connection);
  } catch {
    // Another root key, or a stricter gateway than the one that took it in; neither mends itself.
    return { kind: 'refused', reason: 'the sealed call cannot be read any more' };
  }
  const { id } = opened;
  if (id === undefined) return { kind: 'refused', reason: 'the sealed call is no request' };
  return { kind: 'call', call: { ...opened, id }, fence: taskFence(task.id, attempt) };
}

/**
 * The fence of a task: it falls together with the sealed call, so that taking back and running exclude each other. It
 * may follow an execution that was settled as never sent, and that one's silent executor finds it higher than its own.
 */
function taskFence(taskId: string, attempt: number): Fence {
  return {
    text: `with taken as (
             update countersign.task set state = 'executing', updated_at = $5, sealed = null
             where id = $6 and call_id = $1 and state = 'waiting' returning approval_id)
           insert into countersign.execution
             (call_id, approval_id, state, executor, lease_until, started_at, attempt)
           select $1, approval.id, 'executing', $3, $4, $5, $7::integer
           from taken join countersign.approval on approval.id = taken.approval_id
           where approval.id = $2 and approval.state = 'open'
           on conflict (call_id) do update
           set state = 'executing', executor = $3, lease_until = $4, started_at = $5, ended_at = null,
               attempt = excluded.attempt
           where execution.state = 'aborted' and execution.attempt < excluded.attempt`,
    values: [taskId, attempt],
  };
}
